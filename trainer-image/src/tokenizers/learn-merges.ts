import { PairQueue } from './pair-queue.ts';

/** One step of byte-pair encoding: these two tokens side by side become `id`. */
export interface Merge {
  readonly left: number;
  readonly right: number;
  readonly id: number;
}

interface Word {
  symbols: readonly number[];
  readonly count: number;
}

interface Pair {
  count: number;
  /** Words that hold the pair, or once did. */
  readonly words: Set<Word>;
}

// Token ids stay far below 2^20, so a pair fits a number that Map hashes fast.
const keyOf = (left: number, right: number): number => left * 0x10_0000 + right;

/**
 * Learns merges from words of token ids and their frequencies, most frequent pair first, and adds each new token's text to
 * `vocabulary` (text by id) until it has `size` entries or no pair occurs `minFrequency` times.
 */
export function learnMerges(
  vocabulary: string[],
  words: Iterable<{ readonly symbols: readonly number[]; readonly count: number }>,
  { size, minFrequency }: { readonly size: number; readonly minFrequency: number },
): Merge[] {
  const pairs = new Map<number, Pair>();
  const count = (left: number, right: number, word: Word, change: number): void => {
    const key = keyOf(left, right);
    let pair = pairs.get(key);
    if (pair === undefined) pairs.set(key, (pair = { count: 0, words: new Set() }));
    pair.count += change;
    if (change > 0) pair.words.add(word);
  };
  for (const { symbols, count: frequency } of words) {
    const word: Word = { symbols, count: frequency };
    for (let index = 1; index < symbols.length; index += 1)
      count(symbols[index - 1]!, symbols[index]!, word, frequency);
  }

  const queue = new PairQueue();
  const enqueue = (key: number, pair: Pair): void =>
    queue.push({ left: Math.floor(key / 0x10_0000), right: key % 0x10_0000, count: pair.count });
  for (const [key, pair] of pairs) enqueue(key, pair);

  const merges: Merge[] = [];
  const idOf = new Map(vocabulary.map((text, id) => [text, id]));
  while (vocabulary.length < size) {
    const top = queue.pop();
    if (top === undefined || top.count < minFrequency) break;
    const { left, right } = top;
    const key = keyOf(left, right);
    const pair = pairs.get(key);
    if (pair === undefined) continue;
    if (pair.count !== top.count) {
      // Counts only sink between pushes, except for the pairs that a merge pushes anew.
      if (pair.count > 0) enqueue(key, pair);
      continue;
    }
    const text = `${vocabulary[left]}${vocabulary[right]}`;
    // Two ways to one text ("ab" + "c", "a" + "bc") share its token.
    const id = idOf.get(text) ?? vocabulary.push(text) - 1;
    idOf.set(text, id);
    merges.push({ left, right, id });
    pairs.delete(key);

    const touched = new Set<number>();
    for (const word of pair.words) {
      const merged = mergeSymbols(word.symbols, left, right, id);
      if (merged.length === word.symbols.length) continue;
      for (let index = 1; index < word.symbols.length; index += 1) {
        const [a, b] = [word.symbols[index - 1]!, word.symbols[index]!];
        if (a !== left || b !== right) count(a, b, word, -word.count);
      }
      for (let index = 1; index < merged.length; index += 1) {
        const [a, b] = [merged[index - 1]!, merged[index]!];
        count(a, b, word, word.count);
        if (a === id || b === id) touched.add(keyOf(a, b));
      }
      word.symbols = merged;
    }
    for (const changed of touched) enqueue(changed, pairs.get(changed)!);
  }
  return merges;
}

function mergeSymbols(symbols: readonly number[], left: number, right: number, id: number): number[] {
  const merged: number[] = [];
  for (let index = 0; index < symbols.length; index += 1) {
    const symbol = symbols[index]!;
    if (symbol === left && symbols[index + 1] === right) {
      merged.push(id);
      index += 1;
    } else merged.push(symbol);
  }
  return merged;
}
