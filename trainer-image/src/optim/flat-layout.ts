import type { Parameter } from '../models/family.ts';

export interface FlatEntry {
  readonly parameter: Parameter;
  readonly offset: number;
  readonly length: number;
}

/** Where each trainable tensor lies in one flat float32 vector; those with weight decay come first, `decayed` elements in all. */
export interface FlatLayout {
  readonly entries: readonly FlatEntry[];
  readonly total: number;
  readonly decayed: number;
}

/** Lays trainable tensors side by side; vectors (norms and biases) are not decayed, as usual since GPT-2. */
export function flatLayout(parameters: readonly Parameter[]): FlatLayout {
  const isDecayed = ({ shape, kind }: Parameter): boolean => shape.length > 1 && kind !== 'norm';
  const entries: FlatEntry[] = [];
  let total = 0;
  let decayed = 0;
  for (const group of [true, false])
    for (const parameter of parameters.filter((candidate) => isDecayed(candidate) === group)) {
      const length = parameter.shape.reduce((product, size) => product * size, 1);
      entries.push({ parameter, offset: total, length });
      total += length;
      if (group) decayed += length;
    }
  return { entries, total, decayed };
}

/** The trained tensors of a flat vector by name, without copying; undefined for what is not trained. */
export function tensorsOf({ entries }: FlatLayout, flat: Float32Array): (name: string) => Float32Array | undefined {
  const byName = new Map(entries.map((entry) => [entry.parameter.name, entry]));
  return (name) => {
    const entry = byName.get(name);
    return entry && viewOf(flat, entry);
  };
}

/** The slice of a flat vector that belongs to one entry, without copying. */
export function viewOf(flat: Float32Array, { offset, length }: FlatEntry): Float32Array {
  return flat.subarray(offset, offset + length);
}
