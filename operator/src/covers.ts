/**
 * Whether `current` already says everything that `wanted` says: what others added to it does not matter, a member that is
 * undefined in `wanted` must be absent, conditions are compared by type, other lists whole.
 */
export function covers(current: unknown, wanted: unknown): boolean {
  if (wanted === undefined) return current === undefined;
  if (Array.isArray(wanted)) {
    if (!Array.isArray(current)) return false;
    if (wanted.length > 0 && wanted.every(isTyped))
      return wanted.every((each) =>
        covers(
          current.filter(isTyped).find(({ type }) => type === each.type),
          each,
        ),
      );
    return current.length === wanted.length && wanted.every((each, index) => covers(current[index], each));
  }
  if (typeof wanted !== 'object' || wanted === null) return Object.is(current, wanted);
  if (typeof current !== 'object' || current === null) return isEmpty(wanted) && current === undefined;
  return Object.entries(wanted).every(([key, each]) => covers((current as Record<string, unknown>)[key], each));
}

function isTyped(value: unknown): value is { readonly type: string } {
  return typeof value === 'object' && value !== null && 'type' in value && 'status' in value;
}

function isEmpty(value: object): boolean {
  return Object.values(value).every((each) => each === undefined);
}
