import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { ApiObject } from '../../operator/src/cluster/kinds.ts';

const folder = path.join(import.meta.dirname, '../../examples/quickstart');

interface Manifest {
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

const read = (name: string) => parse(readFileSync(path.join(folder, name), 'utf8')) as Manifest;

/** A manifest of examples/quickstart with other values for some fields; blocks are merged, the rest is replaced. */
function smaller(manifest: Manifest, namespace: string, changes: object): ApiObject {
  const { metadata, spec } = manifest;
  return { ...manifest, metadata: { ...metadata, namespace }, spec: merged(spec, changes) } as unknown as ApiObject;
}

function merged(value: object, changes: object): object {
  const result: Record<string, unknown> = { ...value };
  for (const [key, change] of Object.entries(changes) as [string, unknown][]) {
    const old = result[key];
    if (change === undefined) delete result[key];
    else result[key] = isBlock(change) && isBlock(old) ? merged(old, change) : change;
  }
  return result;
}

const isBlock = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const resources = { mode: 'Manual', requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '2Gi' } };
const reportsSoon = [{ name: 'WIKIGPT_PROGRESS_SECONDS', value: '1' }];
// One thread: what pods beside it do then changes nothing in how sums are made.
const pod = { env: [...reportsSoon, { name: 'WIKIGPT_THREADS', value: '1' }] };

/** The quickstart's first job, small enough for half a minute of a core, and with the same sums wherever it runs. */
export function smallWikiGpt(namespace: string, changes: object = {}): ApiObject {
  const small = {
    base: { scratch: { layers: 1, hidden: 64, heads: 2, context: 128, vocabulary: 1024 } },
    data: { split: { testPercent: 1, validationPercent: 1 }, clean: { maxTokens: 128 } },
    training: { maxSteps: 60, batchTokens: 512, sequenceLength: 128 },
    checkpoint: { everySteps: 10 },
    resources,
    pod,
  };
  return smaller(read('wiki-gpt.yaml'), namespace, merged(small, changes));
}

/** The whole quickstart with a smaller model and fewer steps: it learns enough to pass its gate. */
export function smallQuickstart(namespace: string): readonly ApiObject[] {
  const reports = { pod: { env: reportsSoon } };
  const sizes = { base: { scratch: { layers: 2, hidden: 128 } }, training: { maxSteps: 600 } };
  return [
    smaller(read('wiki-gpt.yaml'), namespace, { ...sizes, ...reports }),
    smaller(read('country-qa.yaml'), namespace, { training: { epochs: '1' }, ...reports }),
    smaller(read('country.yaml'), namespace, {}),
  ];
}
