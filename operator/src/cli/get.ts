import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { kindNames, kinds, type AnyObject, type Kind } from '../cluster/kinds.ts';
import { OperatorError } from '../errors.ts';
import { rowsOf } from './columns.ts';
import { say, type Io } from './io.ts';
import { kindsNamed } from './kind-names.ts';
import { table } from './table.ts';
import { noteWhenStopped, readWorkspace } from './workspace.ts';

export interface GetOptions {
  readonly namespace: string;
  readonly allNamespaces?: boolean;
  readonly output?: string;
  readonly watch?: boolean;
  readonly selector?: string;
}

const watchEveryMs = 500;
const outputs = ['wide', 'yaml', 'json', 'name'];

/** Prints objects as kubectl would; returns the exit code. */
export async function get(words: readonly string[], options: GetOptions, io: Io): Promise<number> {
  if (options.output !== undefined && !outputs.includes(options.output))
    throw new OperatorError('Usage', `-o ${options.output}: write one of ${outputs.join(', ')}.`);
  const { kindsAsked, names } = wanted(words);
  const found = await collect(io, kindsAsked, names, options);
  if (found.length === 0 && options.watch !== true) {
    say(io, `No resources found${options.allNamespaces ? '' : ` in ${options.namespace} namespace`}.`);
    return 0;
  }
  io.out.write(render(found, kindsAsked, names, options, io.now()));
  if (options.watch) return follow(io, kindsAsked, names, options, found);
  noteWhenStopped(io);
  return 0;
}

/** `ftj`, `ftj wiki-gpt`, `ftj/wiki-gpt chm/country`, or nothing for the API's own kinds. */
function wanted(words: readonly string[]): { kindsAsked: readonly Kind[]; names: readonly string[] } {
  const [first = 'ai', ...rest] = words;
  if (!first.includes('/')) return { kindsAsked: first.split(',').flatMap((word) => kindsNamed(word)), names: rest };
  const pairs = words.map((word) => word.split('/'));
  return {
    kindsAsked: kindNames.filter((kind) => pairs.some(([word = '']) => kindsNamed(word).includes(kind))),
    names: pairs.map(([, name = '']) => name),
  };
}

async function collect(
  io: Io,
  kindsAsked: readonly Kind[],
  names: readonly string[],
  { namespace, allNamespaces, selector }: GetOptions,
): Promise<AnyObject[]> {
  const cluster = readWorkspace(io);
  const scope = {
    ...(allNamespaces ? {} : { namespace }),
    ...(selector === undefined ? {} : { labels: labelsIn(selector) }),
  };
  const found: AnyObject[] = [];
  for (const kind of kindsAsked) found.push(...(await cluster.list(kind, scope)));
  if (names.length === 0) return found.sort(byAge);
  return names.map((name) => {
    const object = found.find(({ metadata }) => metadata.name === name);
    if (object) return object;
    const kind = kindsAsked.length === 1 && kindsAsked[0] ? kinds[kindsAsked[0]].plural : 'resources';
    throw new OperatorError(
      'NotFound',
      `${kind} "${name}" not found in namespace ${namespace}. List them with: wikigpt get`,
    );
  });
}

function labelsIn(selector: string): Record<string, string> {
  const pairs = selector.split(',').map((pair) => pair.split('='));
  if (pairs.some(({ length }) => length !== 2)) throw new OperatorError('Usage', `-l ${selector}: write name=value.`);
  return Object.fromEntries(pairs) as Record<string, string>;
}

function byAge(a: AnyObject, b: AnyObject): number {
  if (a.kind !== b.kind) return kindNames.indexOf(a.kind) - kindNames.indexOf(b.kind);
  if (a.kind === 'Event' && b.kind === 'Event') return a.lastTimestamp.localeCompare(b.lastTimestamp);
  return a.metadata.name.localeCompare(b.metadata.name);
}

function render(
  found: readonly AnyObject[],
  kindsAsked: readonly Kind[],
  names: readonly string[],
  { output, allNamespaces = false }: GetOptions,
  now: Date,
): string {
  if (output === 'yaml' || output === 'json') {
    const items = found.map(inOrder);
    const whole = names.length === 1 ? items[0] : { apiVersion: 'v1', kind: 'List', items };
    return output === 'yaml' ? stringify(whole) : `${JSON.stringify(whole, undefined, 2)}\n`;
  }
  const title = (kind: Kind) =>
    `${kind.toLowerCase()}${kinds[kind].apiVersion.includes('.') ? `.${group(kind)}` : ''}/`;
  if (output === 'name') return found.map((each) => `${title(each.kind)}${each.metadata.name}\n`).join('');
  const present = kindsAsked.filter((kind) => found.some((object) => object.kind === kind));
  return present
    .map((kind) => {
      const objects = found.filter((object) => object.kind === kind);
      const prefix = kindsAsked.length > 1 ? { prefix: title(kind) } : {};
      return table(rowsOf(kind, objects, now, { wide: output === 'wide', namespaces: allNamespaces, ...prefix }));
    })
    .join('\n');
}

/** The object with its parts in the order in which people write them. */
function inOrder({ apiVersion, kind, metadata, ...rest }: AnyObject): object {
  return { apiVersion, kind, metadata, ...rest };
}

const group = (kind: Kind) => kinds[kind].apiVersion.split('/')[0];

/** Prints an object again whenever it has changed, until it is stopped. */
async function follow(
  io: Io,
  kindsAsked: readonly Kind[],
  names: readonly string[],
  options: GetOptions,
  shown: readonly AnyObject[],
): Promise<number> {
  const stop = new AbortController();
  const forget = io.onStop(() => stop.abort());
  const versions = new Map(shown.map((object) => [object.metadata.uid, object.metadata.resourceVersion]));
  while (!stop.signal.aborted) {
    await sleep(watchEveryMs, undefined, { signal: stop.signal }).catch(() => undefined);
    const changed = (await collect(io, kindsAsked, names, options).catch(() => [])).filter(
      ({ metadata }) => versions.get(metadata.uid) !== metadata.resourceVersion,
    );
    for (const { metadata } of changed) versions.set(metadata.uid, metadata.resourceVersion);
    if (changed.length === 0) continue;
    const text = render(changed, kindsAsked, names, options, io.now());
    const headless = options.output === undefined || options.output === 'wide';
    io.out.write(headless && shown.length > 0 ? text.split('\n').slice(1).join('\n') : text);
  }
  forget();
  return 0;
}
