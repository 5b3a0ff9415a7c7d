import { apiKinds, type ObjectKey } from '../cluster/kinds.ts';
import { foldersIn } from '../cluster/local/folders.ts';
import { openLocalCluster } from '../cluster/local/local-cluster.ts';
import { lockHolder, takeLock, type LockHolder } from '../cluster/local/lock.ts';
import { OperatorError } from '../errors.ts';
import { silent } from '../log.ts';
import { say, type Io } from './io.ts';
import { shortTitle, targetsOf } from './kind-names.ts';
import { readManifests } from './manifests.ts';
import { readWorkspace } from './workspace.ts';

export interface DeleteOptions {
  readonly namespace: string;
  readonly filename?: readonly string[];
  readonly all?: boolean;
}

/** Removes objects and what they made; published models stay. Asks the process that runs them, when there is one. */
export async function remove(words: readonly string[], options: DeleteOptions, io: Io): Promise<number> {
  const cluster = readWorkspace(io);
  const keys = await targets(words, options, cluster);
  const present: ObjectKey[] = [];
  for (const key of keys) {
    if (await cluster.get(key.kind, key.namespace, key.name)) present.push(key);
    else if (!options.filename)
      throw new OperatorError(
        'NotFound',
        `${key.kind} "${key.name}" not found in namespace ${key.namespace}. List them with: wikigpt get`,
      );
  }
  const holder = lockHolder(foldersIn(io.state).lock);
  if (holder) for (const key of present) await ask(holder, key);
  else await removeHere(present, io);
  for (const { kind, name } of present) say(io, `${shortTitle(kind, name)} deleted`);
  if (present.length === 0) say(io, 'Nothing to delete.');
  return 0;
}

async function targets(
  words: readonly string[],
  { namespace, filename, all }: DeleteOptions,
  cluster: ReturnType<typeof readWorkspace>,
): Promise<ObjectKey[]> {
  if (filename)
    return readManifests(filename, namespace, () => undefined).map(({ kind, metadata }) => ({
      kind,
      namespace: metadata.namespace,
      name: metadata.name,
    }));
  if (all) {
    const lists = await Promise.all(apiKinds.map((kind) => cluster.list(kind, { namespace })));
    return lists.flat().map(({ kind, metadata }) => ({ kind, namespace, name: metadata.name }));
  }
  if (words.length === 0)
    throw new OperatorError('Usage', 'Name what to delete, such as ftj/wiki-gpt, or use -f FILE.');
  return targetsOf(words).map(({ kind, name }) => ({ kind, namespace, name }));
}

async function ask({ pid, control }: LockHolder, { kind, namespace, name }: ObjectKey): Promise<void> {
  const response = control
    ? await fetch(`${control.url}/control/${kind}/${namespace}/${name}`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${control.token}` },
        signal: AbortSignal.timeout(10_000),
      }).catch(() => undefined)
    : undefined;
  if (response?.ok || response?.status === 404) return;
  throw new OperatorError(
    'AlreadyRunning',
    `The wikigpt that runs here (process ${pid}) does not answer. Stop it with Ctrl-C in its terminal, then try again.`,
  );
}

async function removeHere(keys: readonly ObjectKey[], io: Io): Promise<void> {
  const lock = takeLock(foldersIn(io.state).lock);
  try {
    const cluster = openLocalCluster({ root: io.state, now: io.now, log: silent, runsPods: false });
    for (const key of keys) await cluster.remove(key);
  } finally {
    lock.release();
  }
}
