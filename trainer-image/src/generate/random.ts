/** A stream of numbers in [0, 1) that is a pure function of its seed. */
export interface Random {
  next(): number;
}

/** Creates the sfc32 generator; equal seeds give equal streams on every platform. */
export function createRandom(seed: number): Random {
  let a = seed | 0;
  // A seed past 32 bits keeps its upper half, so that 1 and 1 + 2^32 differ.
  let b = Math.floor(seed / 2 ** 32) | 0;
  let c = 0x9e3779b9 | 0;
  let counter = 1;
  const next = (): number => {
    const mixed = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + mixed;
    return (mixed >>> 0) / 2 ** 32;
  };
  for (let warmUp = 0; warmUp < 12; warmUp++) next();
  return { next };
}
