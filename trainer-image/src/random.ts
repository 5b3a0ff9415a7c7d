/** A seeded generator whose whole state is four 32-bit words, so that a checkpoint can carry it. */
export interface Random {
  /** A number in [0, 1). */
  uniform(): number;
  /** A standard normal number (Box and Muller, 1958). */
  normal(): number;
  state(): readonly [number, number, number, number];
}

/** Chris Doty-Humphrey's sfc32, seeded by one integer. */
export function createRandom(seed: number): Random {
  let [a, b, c, counter] = [seed | 0, (seed ^ 0x9e3779b9) | 0, 0x243f6a88, 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let i = 0; i < 16; i++) next();
  return {
    uniform: next,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    state: () => [a, b, c, counter],
  };
}

/** Which draw a run of a training graph makes: the same numbers give the same one, whatever ran before. */
export interface RunKey {
  readonly seed: number;
  readonly step: number;
  /** Number of the run within the step. */
  readonly run: number;
}

/** The generator of one run, which follows from its key alone, so that a resumed training draws the same. */
export function createRunRandom({ seed, step, run }: RunKey): Random {
  return createRandom(
    Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(step + 1, 0x85ebca77) ^ Math.imul(run + 1, 0xc2b2ae3d),
  );
}
