/** Lengths of the longest common subsequences of all prefixes, `[first + 1][second + 1]` in one array. */
export function subsequenceTable(first: readonly string[], second: readonly string[]): Uint32Array {
  const width = second.length + 1;
  const table = new Uint32Array((first.length + 1) * width);
  for (let row = 1; row <= first.length; row++)
    for (let column = 1; column <= second.length; column++)
      table[row * width + column] =
        first[row - 1] === second[column - 1]
          ? table[(row - 1) * width + column - 1]! + 1
          : Math.max(table[(row - 1) * width + column]!, table[row * width + column - 1]!);
  return table;
}

/** Length of the longest sequence of tokens that both have in the same order, gaps allowed; keeps one row in memory. */
export function subsequenceLength(first: readonly string[], second: readonly string[]): number {
  const lengths = new Uint32Array(second.length + 1);
  for (const token of first) {
    let diagonal = 0;
    for (let column = 1; column <= second.length; column++) {
      const above = lengths[column]!;
      lengths[column] = token === second[column - 1] ? diagonal + 1 : Math.max(above, lengths[column - 1]!);
      diagonal = above;
    }
  }
  return lengths[second.length]!;
}

/** Length of the longest run of tokens that both have, without gaps. */
export function substringLength(first: readonly string[], second: readonly string[]): number {
  const lengths = new Uint32Array(second.length + 1);
  let longest = 0;
  for (const token of first) {
    // Backwards, so that the previous row is still there to read.
    for (let column = second.length; column > 0; column--) {
      const length = token === second[column - 1] ? lengths[column - 1]! + 1 : 0;
      lengths[column] = length;
      longest = Math.max(longest, length);
    }
  }
  return longest;
}
