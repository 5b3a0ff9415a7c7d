import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { stateLosses, type Divergence, type StateLoss } from '@wikigpt/schema/catalog.ts';
import { grad } from '../../trainer-image/src/autodiff/grad.ts';
import { attentionLoss } from '../../trainer-image/src/losses/attention-loss.ts';
import { hiddenStateLoss } from '../../trainer-image/src/losses/hidden-state-loss.ts';
import { tokenDistillation } from '../../trainer-image/src/losses/token-distillation.ts';
import { createOps, type Ops } from '../../trainer-image/src/onnx/ops.ts';
import type { Value } from '../../trainer-image/src/onnx/value.ts';
import { createSession } from '../../trainer-image/src/runtime/session.ts';
import { relativeError, unpackTensor } from './golden-case.ts';

interface Golden {
  readonly sizes: Readonly<Record<'slots' | 'vocabulary' | 'student' | 'teacher', number>>;
  readonly labels: readonly number[];
  readonly weights: readonly number[];
  readonly hidden: string;
  readonly head: string;
  readonly teacherHidden: string;
  readonly teacherHead: string;
  readonly likeliest: readonly number[];
  readonly logShares: Readonly<Record<string, string>>;
  readonly cases: readonly {
    readonly divergence: Divergence;
    readonly beta: number;
    readonly temperature: number;
    readonly weight: number;
    readonly topK: number;
    readonly loss: number;
    readonly hiddenGradient: string;
    readonly headGradient: string;
  }[];
  readonly projection: string;
  readonly states: Readonly<
    Record<StateLoss, { readonly loss: number; readonly hiddenGradient: string; readonly projectionGradient: string }>
  >;
  readonly attention: Readonly<Record<'scores' | 'teacher' | 'gradient', string>> & { readonly loss: number };
}

const golden = JSON.parse(readFileSync(new URL('golden/distillation.json', import.meta.url), 'utf8')) as Golden;
const { slots, vocabulary, student, teacher } = golden.sizes;

describe('distillation against PyTorch', () => {
  const titled = golden.cases.map((one) => ({ ...one, of: one.topK > 0 ? `${one.topK} tokens and the rest` : 'all' }));
  test.each(titled)(
    '$divergence over $of, beta $beta, temperature $temperature, weight $weight: loss and gradients within 1e-5',
    async (one) => {
      const { loss, gradients } = await lossAndGradients((ops) => {
        const [hidden, head] = [
          floats(ops, [slots, student], golden.hidden),
          floats(ops, [vocabulary, student], golden.head),
        ];
        const says =
          one.topK > 0
            ? {
                tokens: integers(ops, golden.likeliest, [slots, one.topK]),
                logShares: floats(ops, [slots, one.topK + 1], golden.logShares[one.temperature.toFixed(1)]!),
              }
            : {
                hidden: floats(ops, [slots, teacher], golden.teacherHidden),
                head: floats(ops, [vocabulary, teacher], golden.teacherHead),
              };
        const inputs = { hidden, head, labels: integers(ops, golden.labels, [slots]), weights: slotWeights(ops) };
        // Three chunks, the last one shorter.
        const plan = { chunk: 3, wants: { hidden: true, head: true } };
        return {
          loss: tokenDistillation(ops, inputs, says, { ...one, tokens: vocabulary }, plan),
          wanted: [hidden, head],
        };
      });
      expect(Math.abs(loss / one.loss - 1)).toBeLessThan(1e-5);
      expect(relativeError(gradients[0]!, unpackTensor(one.hiddenGradient))).toBeLessThan(1e-5);
      expect(relativeError(gradients[1]!, unpackTensor(one.headGradient))).toBeLessThan(1e-5);
    },
  );

  test.each(stateLosses)('hidden states through a projection, %s: loss and gradients within 1e-5', async (kind) => {
    const states = golden.states[kind];
    const { loss, gradients } = await lossAndGradients((ops) => {
      const hidden = floats(ops, [slots, student], golden.hidden);
      const projection = floats(ops, [teacher, student], golden.projection);
      const pair = { student: hidden, teacher: floats(ops, [slots, teacher], golden.teacherHidden), projection };
      return { loss: hiddenStateLoss(ops, kind, [pair], slotWeights(ops)), wanted: [hidden, projection] };
    });
    expect(Math.abs(loss / states.loss - 1)).toBeLessThan(1e-5);
    expect(relativeError(gradients[0]!, unpackTensor(states.hiddenGradient))).toBeLessThan(1e-5);
    expect(relativeError(gradients[1]!, unpackTensor(states.projectionGradient))).toBeLessThan(1e-5);
  });

  test('where tokens look: loss and gradient within 1e-5', async () => {
    const { scores, loss: expected, gradient, teacher: shares } = golden.attention;
    const { loss, gradients } = await lossAndGradients((ops) => {
      const student = floats(ops, [slots, vocabulary], scores);
      const pair = { student: ops.softmax(student, -1), teacher: floats(ops, [slots, vocabulary], shares) };
      return { loss: attentionLoss(ops, [pair], slotWeights(ops)), wanted: [student] };
    });
    expect(Math.abs(loss / expected - 1)).toBeLessThan(1e-5);
    expect(relativeError(gradients[0]!, unpackTensor(gradient))).toBeLessThan(1e-5);
  });
});

const floats = (ops: Ops, shape: readonly number[], text: string): Value => ops.constant(unpackTensor(text), shape);
const integers = (ops: Ops, values: readonly number[], shape: readonly number[]): Value =>
  ops.constant(BigInt64Array.from(values, BigInt), shape, 'int64');
const slotWeights = (ops: Ops): Value => ops.constant(Float32Array.from(golden.weights), [slots]);

async function lossAndGradients(build: (ops: Ops) => { loss: Value; wanted: readonly Value[] }) {
  const ops = createOps('distillation');
  const { loss, wanted } = build(ops);
  ops.output('loss', loss);
  grad(ops, loss, wanted).forEach((gradient, i) => ops.output(`gradient.${i}`, gradient));
  const session = await createSession({ graph: ops.graph() }, { threads: 1 });
  const out = await session.run({});
  await session.release();
  const data = (name: string): Float32Array => out[name]!.data as Float32Array;
  return { loss: data('loss')[0]!, gradients: wanted.map((_, i) => data(`gradient.${i}`)) };
}
