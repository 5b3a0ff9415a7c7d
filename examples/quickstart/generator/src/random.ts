/** A source of numbers in [0, 1). */
export type Random = () => number;

/** A random source that depends on its keys alone: the same keys give the same numbers on every machine. */
export function randomFrom(...keys: readonly (string | number)[]): Random {
  let state = hash(keys.join('\u0000'));
  // mulberry32: 32 bits of state are plenty for shuffling a few thousand sentences.
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A copy of the items in random order (Fisher-Yates). */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const rest = [...items];
  const result: T[] = [];
  while (rest.length > 0) result.push(...rest.splice(Math.floor(random() * rest.length), 1));
  return result;
}

/**
 * The item for this pass in an order of its own for each key, so that any `items.length` consecutive passes show every
 * item once.
 */
export function inTurn<T>(items: readonly T[], pass: number, ...keys: readonly (string | number)[]): T {
  const item = shuffled(items, randomFrom(...keys))[pass % items.length];
  if (item === undefined) throw new RangeError('There is nothing to choose from: the list of items is empty.');
  return item;
}

/** FNV-1a over UTF-16 code units. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value;
}
