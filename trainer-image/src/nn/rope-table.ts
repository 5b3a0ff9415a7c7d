/** Cosines and sines `[context, headDim / 2]` of rotary position embedding (Su et al., 2021), angles rounded to float32 as PyTorch has them. */
export function ropeTable(context: number, headDim: number, theta: number): { cos: Float32Array; sin: Float32Array } {
  const half = headDim / 2;
  const cos = new Float32Array(context * half);
  const sin = new Float32Array(context * half);
  for (let position = 0; position < context; position++)
    for (let i = 0; i < half; i++) {
      const frequency = Math.fround(1 / Math.fround(Math.pow(theta, (2 * i) / headDim)));
      const angle = Math.fround(position * frequency);
      cos[position * half + i] = Math.cos(angle);
      sin[position * half + i] = Math.sin(angle);
    }
  return { cos, sin };
}
