import { TrainerError } from '../errors.ts';
import { createRandom } from '../random.ts';

/** How the next token is chosen; `temperature: 0` is greedy, and every other field's neutral value switches it off. */
export interface Sampling {
  readonly temperature: number;
  /** 0 = all tokens. */
  readonly topK: number;
  /** 1 = all tokens. */
  readonly topP: number;
  /** Drops tokens less likely than this share of the likeliest; 0 = none. */
  readonly minP: number;
  /** Divides (or multiplies, when negative) the logits of tokens already in the prompt or the answer; 1 = none. */
  readonly repetitionPenalty: number;
  /** Subtracted once from the logit of each token already in the answer; 0 = none. */
  readonly presencePenalty: number;
  /** Subtracted for each time a token is already in the answer; 0 = none. */
  readonly frequencyPenalty: number;
}

export const greedy: Sampling = {
  temperature: 0,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
};

/** Chooses the tokens of one sequence; it remembers the tokens so far, for the penalties. */
export interface Sampler {
  /** Picks from logits [vocabulary], which it may overwrite. */
  next(logits: Float32Array): number;
}

export function createSampler(sampling: Sampling, seed: number, prompt: readonly number[]): Sampler {
  const random = createRandom(seed);
  const counts = new Map<number, number>();
  const seen = new Set(sampling.repetitionPenalty === 1 ? [] : prompt);
  return {
    next(logits) {
      penalise(logits, sampling, seen, counts);
      const token = sampling.temperature === 0 ? argMax(logits) : draw(logits, sampling, random.uniform());
      counts.set(token, (counts.get(token) ?? 0) + 1);
      if (sampling.repetitionPenalty !== 1) seen.add(token);
      return token;
    },
  };
}

function penalise(
  logits: Float32Array,
  { repetitionPenalty, presencePenalty, frequencyPenalty }: Sampling,
  seen: ReadonlySet<number>,
  counts: ReadonlyMap<number, number>,
): void {
  for (const token of seen) {
    const logit = logits[token]!;
    logits[token] = logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty;
  }
  if (presencePenalty === 0 && frequencyPenalty === 0) return;
  for (const [token, count] of counts) logits[token]! -= presencePenalty + frequencyPenalty * count;
}

function argMax(logits: Float32Array): number {
  let best = -1;
  let highest = -Infinity;
  for (let token = 0; token < logits.length; token++)
    if (logits[token]! > highest) {
      highest = logits[token]!;
      best = token;
    }
  if (best === -1 || highest === Infinity)
    throw new TrainerError('ModelIncompatible', 'The model gave no finite logit; its weights are damaged or overflow.');
  return best;
}

/** Draws a token where the running sum of the kept probabilities first passes `point` (in [0, 1)) of their total. */
function draw(logits: Float32Array, { temperature, topK, topP, minP }: Sampling, point: number): number {
  const highest = logits[argMax(logits)]!;
  const weights = new Float64Array(logits.length);
  let total = 0;
  for (let token = 0; token < logits.length; token++) {
    const weight = Math.exp((logits[token]! - highest) / temperature);
    if (weight < minP || Number.isNaN(weight)) continue;
    weights[token] = weight;
    total += weight;
  }
  if (topK <= 0 && topP >= 1) return pick(weights, weights.keys(), point * total);

  let kept = heaviest(weights, (count, sum) => (topK > 0 ? count >= topK : sum >= topP * total));
  if (topK > 0) kept = kept.slice(0, topK);
  const mass = kept.reduce((sum, token) => sum + weights[token]!, 0);
  const enough = topP * mass;
  let sum = 0;
  let last = 0;
  while (last < kept.length && (last === 0 || sum < enough)) sum += weights[kept[last++]!]!;
  return pick(weights, kept.slice(0, last), point * sum);
}

/** The heaviest tokens in falling order, at least until `enough`; far cheaper than sorting the vocabulary. */
function heaviest(weights: Float64Array, enough: (count: number, sum: number) => boolean): number[] {
  for (let floor = 1e-2; ; floor = floor > 1e-9 ? floor / 100 : 0) {
    const tokens: number[] = [];
    let sum = 0;
    for (let token = 0; token < weights.length; token++)
      if (weights[token]! > floor) {
        tokens.push(token);
        sum += weights[token]!;
      }
    if (floor === 0 || enough(tokens.length, sum)) return tokens.sort((a, b) => weights[b]! - weights[a]! || a - b);
  }
}

function pick(weights: Float64Array, tokens: Iterable<number>, target: number): number {
  let sum = 0;
  let last = 0;
  for (const token of tokens) {
    if (weights[token] === 0) continue;
    sum += weights[token]!;
    last = token;
    if (sum > target) break;
  }
  return last;
}
