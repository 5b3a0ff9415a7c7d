import type { LocalCluster } from '../cluster/local/local-cluster.ts';
import { readLog } from '../cluster/local/log-tail.ts';
import { isOver } from '../cluster/local/pods-of.ts';
import { apiKinds, isApiObject } from '../cluster/kinds.ts';
import type { Pod } from '../cluster/objects.ts';
import { topCondition } from '../controllers/condition.ts';
import { OperatorError } from '../errors.ts';
import { chatModelLabel, jobLabels } from '../objects/names.ts';
import type { Io } from './io.ts';
import { oneKind } from './kind-names.ts';
import { isRunningHere, readWorkspace } from './workspace.ts';

export interface LogsOptions {
  readonly namespace: string;
  readonly follow?: boolean;
  readonly tail?: number;
  readonly previous?: boolean;
}

/** Prints the log of the newest pod of a job or a chat model, or of a pod. */
export async function logs(word: string, options: LogsOptions, io: Io): Promise<number> {
  const { namespace, follow, tail, previous } = options;
  const cluster = readWorkspace(io);
  const pod = await findPod(cluster, word, namespace);
  const { name } = pod.metadata;
  const { folders } = cluster;
  const stop = new AbortController();
  const forget = io.onStop(() => stop.abort());
  const chunks = readLog(
    previous ? folders.previousLog(namespace, name) : folders.log(namespace, name),
    { follow: follow ?? false, signal: stop.signal, ...(tail === undefined ? {} : { tailLines: tail }) },
    goesOn(io, namespace, name),
  );
  for await (const chunk of chunks) io.out.write(chunk);
  forget();
  return 0;
}

/** Another process runs the pod, so its state is read again, but not at every look at the log. */
function goesOn(io: Io, namespace: string, name: string): () => boolean {
  let looked = 0;
  let answer = true;
  return () => {
    if (performance.now() - looked < 1000) return answer;
    looked = performance.now();
    answer = isRunningHere(io);
    if (!answer) return answer;
    void readWorkspace(io)
      .get('Pod', namespace, name)
      .then((pod) => (answer = pod !== undefined && !isOver(pod)))
      .catch(() => undefined);
    return answer;
  };
}

async function findPod(cluster: LocalCluster, word: string, namespace: string): Promise<Pod> {
  const [kindWord = '', name = ''] = word.includes('/') ? word.split('/') : ['', word];
  const kinds = kindWord === '' ? ([...apiKinds, 'Pod'] as const) : [oneKind(kindWord)];
  for (const kind of kinds) {
    const object = await cluster.get(kind, namespace, name);
    if (!object) continue;
    if (object.kind === 'Pod') return object;
    if (!isApiObject(object)) break;
    const label = object.kind === 'ChatModel' ? chatModelLabel : jobLabels[object.kind];
    const pods = await cluster.list('Pod', { namespace, labels: { [label]: name } });
    const newest = [...pods].sort((a, b) => created(b).localeCompare(created(a)))[0];
    if (newest) return newest;
    const state = topCondition(object);
    throw new OperatorError(
      'NotFound',
      `${object.kind} ${name} has no pod and so no log: it is ${state?.reason ?? 'Pending'}${state?.message ? `, ${state.message}` : ''}.`,
    );
  }
  throw new OperatorError(
    'NotFound',
    `There is no job, chat model or pod "${word}" in namespace ${namespace}. List them with: wikigpt get`,
  );
}

const created = (pod: Pod) => pod.metadata.creationTimestamp ?? '';
