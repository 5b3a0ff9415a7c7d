/**
 * What of the API this release runs. The catalog names everything a manifest may say; a name or block that is not built
 * yet is reported by a controller before anything starts, so that no field is silently ignored. Building it deletes a line.
 */
import type { Resource } from './kinds.ts';

interface Limit {
  /** Where the value stands; `[]` means every item of a list. */
  readonly path: string;
  readonly works: (value: unknown) => boolean;
  readonly instead: string;
}

const only = (path: string, ...names: readonly unknown[]): Limit => ({
  path,
  works: (value) => names.includes(value),
  instead: `write ${names.join(' or ')}`,
});
const addressed = (path: string, ...schemes: readonly string[]): Limit => ({
  path,
  works: (value) => schemes.some((scheme) => String(value).startsWith(`${scheme}://`)),
  instead: `use ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
});
const never = (path: string, instead = 'remove it'): Limit => ({ path, works: () => false, instead });

const trainingLimits = [
  only('spec.training.precision', 'Auto', 'Float32'),
  only('spec.training.frozenWeights', 'Auto', 'Float32'),
  never('spec.evaluation.ratings'),
  addressed('spec.output.uri', 'pvc', 's3', 'file'),
  only('spec.output.formats[]', 'Adapter', 'Merged'),
];

const limits: Readonly<Record<Resource['kind'], readonly Limit[]>> = {
  FineTuneJob: trainingLimits,
  DistillJob: trainingLimits,
  ChatModel: [
    never('spec.adapters[]'),
    only('spec.runtime', 'Builtin'),
    only('spec.quantization', 'None'),
    { path: 'spec.autoscaling.minReplicas', works: (value) => Number(value) >= 1, instead: 'write 1 or more' },
    only('spec.rollout.strategy', 'RollingUpdate', 'Recreate'),
    never('spec.auth'),
    only('spec.ui.ratings', false),
  ],
};

/** A sentence for everything in a valid manifest that this release does not run yet. */
export function unbuilt(resource: Resource): string[] {
  return limits[resource.kind].flatMap(({ path, works, instead }) =>
    valuesAt(resource, path.split('.'), '')
      .filter(({ value }) => !works(value))
      .map(({ place, value }) => `${place}${shown(value)} is not built in this release; ${instead}`),
  );
}

const shown = (value: unknown) => (typeof value === 'string' ? `: ${value}` : '');

interface Found {
  readonly place: string;
  readonly value: unknown;
}

function valuesAt(value: unknown, [key, ...rest]: readonly string[], place: string): Found[] {
  if (value === undefined || value === null) return [];
  if (key === undefined) return [{ place: place.slice(1), value }];
  const name = key.replace('[]', '');
  const field = (value as Record<string, unknown>)[name];
  if (name === key) return valuesAt(field, rest, `${place}.${name}`);
  return Array.isArray(field) ? field.flatMap((item, index) => valuesAt(item, rest, `${place}.${name}[${index}]`)) : [];
}
