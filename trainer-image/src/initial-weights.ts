import type { Parameter } from './models/family.ts';
import type { Random } from './random.ts';

/** Standard deviation of GPT-2's initial weights. */
const deviation = 0.02;

/** Starting values of one tensor; `layers` scales what is added to the residual stream (Radford et al., 2019). */
export function initialWeights({ shape, init }: Parameter, layers: number, random: Random): Float32Array {
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  if (init === 'zeros') return data;
  if (init === 'ones') return data.fill(1);
  if (init === 'kaimingUniform') {
    // U(±1/√in): kaiming_uniform with a = √5, as PEFT starts A.
    const bound = 1 / Math.sqrt(shape.at(-1) ?? 1);
    return data.map(() => bound * (2 * random.uniform() - 1));
  }
  const scale = init === 'residual' ? deviation / Math.sqrt(2 * layers) : deviation;
  return data.map(() => scale * random.normal());
}
