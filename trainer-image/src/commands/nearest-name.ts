/** The name that a misspelt word most likely means, or nothing when none is within a third of its letters. */
export function nearestName<Name extends string>(
  written: string,
  names: readonly Name[],
  spell: (name: Name) => string,
): Name | undefined {
  const distances = names.map((name) => ({ name, distance: editDistance(written, spell(name)) }));
  const nearest = distances.toSorted((a, b) => a.distance - b.distance)[0];
  if (nearest === undefined) return undefined;
  return nearest.distance <= Math.max(1, Math.floor(spell(nearest.name).length / 3)) ? nearest.name : undefined;
}

/** Fewest letters to insert, drop, replace or swap with a neighbour to turn one word into the other. */
function editDistance(first: string, second: string): number {
  const rows = [Array.from({ length: second.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= first.length; row++) {
    const distances = [row];
    for (let column = 1; column <= second.length; column++) {
      const replaced = rows[row - 1]![column - 1]! + (first[row - 1] === second[column - 1] ? 0 : 1);
      const swapped =
        row > 1 && column > 1 && first[row - 2] === second[column - 1] && first[row - 1] === second[column - 2]
          ? rows[row - 2]![column - 2]! + 1
          : replaced;
      distances.push(Math.min(replaced, swapped, rows[row - 1]![column]! + 1, distances[column - 1]! + 1));
    }
    rows.push(distances);
  }
  return rows[first.length]![second.length]!;
}
