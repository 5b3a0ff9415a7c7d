import { divergences } from '@wikigpt/schema/catalog.ts';
import { describe, expect, test } from 'vitest';
import { grad } from '../autodiff/grad.ts';
import { createOps } from '../onnx/ops.ts';
import { createRandom } from '../random.ts';
import { createSession } from '../runtime/session.ts';
import { floatTensor } from '../runtime/tensor.ts';
import { tokenDistillation, type TokenDistillationOptions } from './token-distillation.ts';

const [slots, vocabulary, width] = [6, 19, 5];
const random = createRandom(11);
const draw = (rows: number): Float32Array => Float32Array.from({ length: rows * width }, () => random.normal());
const [hidden, head, teacherHidden, teacherHead] = [draw(slots), draw(vocabulary), draw(slots), draw(vocabulary)];

/** The loss as a function of the student's hidden states and head, with its gradients. */
async function distillation(options: TokenDistillationOptions) {
  const ops = createOps('distillation');
  const inputs = {
    hidden: ops.input('hidden', 'float32', [slots, width]),
    head: ops.input('head', 'float32', [vocabulary, width]),
    labels: ops.constant(BigInt64Array.from([3n, 1n, 4n, 1n, 5n, 9n]), [slots], 'int64'),
    weights: ops.constant(Float32Array.of(1, 1, 0, 1, 1, 1), [slots]),
  };
  const teacher = {
    hidden: ops.constant(teacherHidden, [slots, width]),
    head: ops.constant(teacherHead, [vocabulary, width]),
  };
  const loss = tokenDistillation(ops, inputs, teacher, options, { chunk: 4, wants: { hidden: true, head: true } });
  ops.output('loss', loss);
  grad(ops, loss, [inputs.hidden, inputs.head]).forEach((gradient, i) => ops.output(`gradient.${i}`, gradient));
  const session = await createSession({ graph: ops.graph() }, { threads: 1 });
  return {
    async at(states: Float32Array, embedding: Float32Array) {
      const out = await session.run({
        hidden: floatTensor(states, [slots, width]),
        head: floatTensor(embedding, [vocabulary, width]),
      });
      const data = (name: string): Float32Array => out[name]!.data as Float32Array;
      return { loss: data('loss')[0]!, gradients: [data('gradient.0'), data('gradient.1')] as const };
    },
    release: () => session.release(),
  };
}

const norm = (values: Float32Array): number => Math.hypot(...values);

describe.each(divergences)('%s', (divergence) => {
  const options = { divergence, beta: 0.3, temperature: 2, weight: 0.7, tokens: vocabulary };

  test('the gradient agrees with finite differences', async () => {
    const { at, release } = await distillation(options);
    const { gradients } = await at(hidden, head);
    const step = 1e-2;
    for (const [which, base] of [hidden, head].entries()) {
      const direction = base.map(() => random.normal());
      const moved = async (by: number): Promise<number> => {
        const values = base.map((value, i) => value + by * direction[i]!);
        return (await (which === 0 ? at(values, head) : at(hidden, values))).loss;
      };
      const found = gradients[which]!.reduce((sum, value, i) => sum + value * direction[i]!, 0);
      const expected = ((await moved(step)) - (await moved(-step))) / (2 * step);
      expect(Math.abs(found - expected)).toBeLessThan(2e-3 * Math.max(1, Math.abs(expected)));
    }
    await release();
  });

  test('a student that says what the teacher says has no loss and no gradient', async () => {
    const { at, release } = await distillation({ ...options, weight: 1 });
    const { loss, gradients } = await at(teacherHidden, teacherHead);
    expect(Math.abs(loss)).toBeLessThan(1e-5);
    for (const gradient of gradients) expect(norm(gradient)).toBeLessThan(1e-5);
    expect(norm((await at(hidden, head)).gradients[0])).toBeGreaterThan(0.1);
    await release();
  });

  test('the square of the temperature keeps the gradient as large at any high temperature', async () => {
    const sizes = await Promise.all(
      [50, 200].map(async (temperature) => {
        const { at, release } = await distillation({ ...options, weight: 1, temperature });
        const { gradients } = await at(hidden, head);
        await release();
        return norm(gradients[0]);
      }),
    );
    expect(sizes[0]).toBeGreaterThan(0.1);
    expect(Math.abs(sizes[1]! / sizes[0]! - 1)).toBeLessThan(0.05);
  });

  test('ids that only fill a table up are not compared, and their rows stay', async () => {
    const tokens = vocabulary - 2;
    const { at, release } = await distillation({ ...options, weight: 1, tokens });
    const { loss, gradients } = await at(hidden, head);
    const other = head.map((value, i) => (i < tokens * width ? value : 9 - value));
    expect((await at(hidden, other)).loss).toBe(loss);
    expect(gradients[1].subarray(tokens * width)).toEqual(new Float32Array(2 * width));
    expect(norm(gradients[1])).toBeGreaterThan(0.1);
    await release();
  });
});
