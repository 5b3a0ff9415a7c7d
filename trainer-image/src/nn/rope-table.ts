/** Which way longer texts than the model was first trained on are read, as config.json's rope parameters say. */
export type RopeScaling =
  | { readonly type: 'linear'; readonly factor: number }
  | {
      readonly type: 'llama3';
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      /** Tokens of the context before it was made longer. */
      readonly originalContext: number;
    };

export interface Rope {
  readonly ropeTheta?: number | undefined;
  readonly ropeScaling?: RopeScaling | undefined;
}

/**
 * Cosines and sines `[context, headDim / 2]` of rotary position embedding (Su et al., 2021), angles rounded to float32 as
 * PyTorch has them; nothing for a model whose positions are learnt.
 */
export function ropeTable(
  context: number,
  headDim: number,
  { ropeTheta, ropeScaling }: Rope,
): { cos: Float32Array; sin: Float32Array } | undefined {
  if (ropeTheta === undefined) return undefined;
  const half = headDim / 2;
  const frequencies = Float32Array.from({ length: half }, (_, i) =>
    scaledFrequency(Math.fround(1 / Math.fround(Math.pow(ropeTheta, (2 * i) / headDim))), ropeScaling),
  );
  const cos = new Float32Array(context * half);
  const sin = new Float32Array(context * half);
  for (let position = 0; position < context; position++)
    for (let i = 0; i < half; i++) {
      const angle = Math.fround(position * frequencies[i]!);
      cos[position * half + i] = Math.cos(angle);
      sin[position * half + i] = Math.sin(angle);
    }
  return { cos, sin };
}

/** Position interpolation (Chen et al., 2023), or Llama 3.1's: slow frequencies interpolated, fast ones kept, a ramp between. */
export function scaledFrequency(frequency: number, scaling: RopeScaling | undefined): number {
  if (!scaling) return frequency;
  if (scaling.type === 'linear') return frequency / scaling.factor;
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalContext } = scaling;
  const turns = (originalContext * frequency) / (2 * Math.PI);
  const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
  return (1 - kept) * (frequency / factor) + kept * frequency;
}
