/** -1, 0 or 1 as one version of a resource is older, equal or newer; undefined where versions are no numbers. */
export function compareVersions(one: string | undefined, other: string | undefined): number | undefined {
  if (one === undefined || other === undefined || !isNumber(one) || !isNumber(other)) return undefined;
  if (one.length !== other.length) return one.length < other.length ? -1 : 1;
  return one === other ? 0 : one < other ? -1 : 1;
}

/** Whether `one` is known to be newer than `other`. */
export function isNewer(one: string | undefined, other: string | undefined): boolean {
  return compareVersions(one, other) === 1;
}

/** Versions are decimal numbers of any length, without leading zeros. */
function isNumber(version: string): boolean {
  return /^(0|[1-9]\d*)$/.test(version);
}
