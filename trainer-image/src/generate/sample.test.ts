import { describe, expect, it } from 'vitest';
import { createSampler, greedy, type Sampling } from './sample.ts';

const logitsOf = (...probabilities: number[]): Float32Array => Float32Array.from(probabilities, Math.log);

function frequencies(sampling: Partial<Sampling>, probabilities: number[], draws = 4000): number[] {
  const counts = probabilities.map(() => 0);
  for (let seed = 0; seed < draws; seed++)
    counts[createSampler({ ...greedy, temperature: 1, ...sampling }, seed, []).next(logitsOf(...probabilities))]!++;
  return counts.map((count) => count / draws);
}

describe('sampling', () => {
  it('takes the likeliest token when greedy, the first of equals', () => {
    expect(createSampler(greedy, 1, []).next(Float32Array.of(1, 3, 3, 2))).toBe(1);
  });

  it('draws in proportion to the probabilities', () => {
    const [a, b, c] = frequencies({}, [0.6, 0.3, 0.1]);
    expect(a).toBeCloseTo(0.6, 1);
    expect(b).toBeCloseTo(0.3, 1);
    expect(c).toBeCloseTo(0.1, 1);
  });

  it.each<[string, Partial<Sampling>, number[]]>([
    ['temperature 0.5 sharpens', { temperature: 0.5 }, [0.36 / 0.46, 0.09 / 0.46, 0.01 / 0.46]],
    ['top-k keeps the k likeliest', { topK: 2 }, [2 / 3, 1 / 3, 0]],
    ['top-p keeps the smallest set that reaches p', { topP: 0.7 }, [2 / 3, 1 / 3, 0]],
    ['top-p keeps at least one', { topP: 0.01 }, [1, 0, 0]],
    ['top-p counts within top-k', { topK: 2, topP: 0.65 }, [1, 0, 0]],
    ['min-p is relative to the likeliest', { minP: 0.4 }, [2 / 3, 1 / 3, 0]],
  ])('%s', (_, sampling, expected) => {
    const found = frequencies(sampling, [0.6, 0.3, 0.1]);
    for (const [token, share] of expected.entries()) {
      expect(found[token] === 0).toBe(share === 0);
      expect(Math.abs(found[token]! - share)).toBeLessThan(0.03);
    }
  });

  it('finds the top-p set in a long tail without losing any of it', () => {
    const tail = Array.from({ length: 1000 }, () => 1e-3);
    const found = frequencies({ topP: 0.999 }, [1, ...tail], 400);
    expect(found.slice(1).filter((share) => share > 0).length).toBeGreaterThan(100);
  });

  it('repeats exactly with the same seed, and differs with another', () => {
    const run = (seed: number): number[] => {
      const sampler = createSampler({ ...greedy, temperature: 1 }, seed, []);
      return Array.from({ length: 20 }, () => sampler.next(new Float32Array(50)));
    };
    expect(run(7)).toEqual(run(7));
    expect(run(7)).not.toEqual(run(8));
  });

  it('penalises prompt and answer by repetition, only the answer by presence and frequency', () => {
    const of = (sampling: Partial<Sampling>, prompt: number[], steps: Float32Array[]): number[] => {
      const sampler = createSampler({ ...greedy, ...sampling }, 1, prompt);
      return steps.map((logits) => sampler.next(logits));
    };
    expect(of({ repetitionPenalty: 2 }, [0], [Float32Array.of(3, 2)])).toEqual([1]);
    expect(of({ repetitionPenalty: 2 }, [0], [Float32Array.of(-1, -1.5)])).toEqual([1]);
    expect(of({ presencePenalty: 2 }, [0], [Float32Array.of(3, 2), Float32Array.of(3, 2)])).toEqual([0, 1]);
    const three = [Float32Array.of(3, 1.5), Float32Array.of(3, 1.5), Float32Array.of(3, 1.5)];
    expect(of({ frequencyPenalty: 1 }, [], three)).toEqual([0, 0, 1]);
  });

  it('refuses logits that are not numbers', () => {
    expect(() => createSampler(greedy, 1, []).next(Float32Array.of(Number.NaN, Number.NaN))).toThrow(/finite/);
  });
});
