import { TrainerError } from '../errors.ts';
import type { Family, ModelConfig, Parameter } from './family.ts';

/** What of a larger model is kept. */
export interface ShrinkSizes {
  readonly layers: number;
  /** Neurons of each feed-forward layer; all of them when absent. */
  readonly intermediate?: number | undefined;
}

/** A smaller model made of a larger one's tensors. */
export interface ShrunkModel {
  readonly config: ModelConfig;
  /** The tensor of the larger model that the named one begins as, or as a part of. */
  readonly source: (name: string) => string;
}

/**
 * The embeddings of a model and `layers` of its layers, evenly spread with the first and the last among them, at the
 * same width; six of twelve are 0 2 4 7 9 11, as DistilBERT has them (Sanh et al., 2019).
 */
export function shrinkModel(config: ModelConfig, { layers, intermediate }: ShrinkSizes): ShrunkModel {
  const narrower = intermediate !== undefined && intermediate < config.intermediate;
  if (layers > config.layers || (layers === config.layers && !narrower))
    throw new TrainerError(
      'InvalidSpec',
      `student.shrink.layers is ${layers}, but the teacher has only ${config.layers} layers; write at most ${config.layers - 1}.`,
    );
  if (intermediate !== undefined && intermediate > config.intermediate)
    throw new TrainerError(
      'InvalidSpec',
      `student.shrink.intermediate is ${intermediate}, but the teacher has only ${config.intermediate} neurons in a layer; write fewer or remove it.`,
    );
  const kept = keptLayers(config.layers, layers);
  return {
    config: { ...config, layers, intermediate: intermediate ?? config.intermediate },
    source: (name) => name.replace(/\.(\d+)\./, (_, layer: string) => `.${kept[Number(layer)]}.`),
  };
}

/** Which layers of `all` are kept, in order. */
export function keptLayers(all: number, count: number): readonly number[] {
  if (count === 1) return [0];
  return Array.from({ length: count }, (_, i) => Math.round((i * (all - 1)) / (count - 1)));
}

/**
 * The tensors of a shrunk model that are parts of the larger one's, by their names in the smaller: of each feed-forward
 * layer the neurons whose weights have the largest product of norms, in their order. The other tensors are whole.
 */
export async function narrowedTensors(
  family: Family,
  large: ModelConfig,
  { config, source }: ShrunkModel,
  read: (parameter: Parameter) => Promise<Float32Array>,
): Promise<ReadonlyMap<string, Float32Array>> {
  const wide = new Map(family.parameters(large).map((each) => [each.name, each]));
  const layers = new Map<string, { name: string; whole: Parameter; axis: number; data: Float32Array }[]>();
  for (const { name, shape } of family.parameters(config)) {
    const whole = wide.get(source(name))!;
    const axis = shape.findIndex((size, i) => size !== whole.shape[i]);
    if (axis < 0) continue;
    const layer = /\.(\d+)\./.exec(name)![1]!;
    layers.set(layer, [...(layers.get(layer) ?? []), { name, whole, axis, data: await read(whole) }]);
  }
  const narrowed = new Map<string, Float32Array>();
  for (const tensors of layers.values()) {
    const worth = new Float64Array(large.intermediate);
    for (const { whole, axis, data } of tensors)
      if (whole.shape.length === 2)
        for (const [neuron, norm] of neuronNorms(data, whole.shape, axis).entries()) worth[neuron]! += Math.log(norm);
    const best = [...worth.keys()].sort((a, b) => worth[b]! - worth[a]! || a - b);
    const kept = best.slice(0, config.intermediate).sort((a, b) => a - b);
    for (const { name, whole, axis, data } of tensors) narrowed.set(name, pick(data, whole.shape, axis, kept));
  }
  return narrowed;
}

/** The length of each neuron's weights in a matrix whose `axis` counts neurons. */
function neuronNorms(data: Float32Array, [rows, columns]: readonly number[], axis: number): Float64Array {
  const squares = new Float64Array(axis === 0 ? rows! : columns!).fill(1e-30);
  for (let at = 0; at < data.length; at++)
    squares[axis === 0 ? Math.floor(at / columns!) : at % columns!]! += data[at]! ** 2;
  return squares.map(Math.sqrt);
}

/** The chosen rows (axis 0) or columns of a matrix, or numbers of a vector. */
function pick(data: Float32Array, shape: readonly number[], axis: number, kept: readonly number[]): Float32Array {
  const columns = shape[1] ?? 1;
  if (axis === 0)
    return Float32Array.from(kept.flatMap((row) => [...data.subarray(row * columns, (row + 1) * columns)]));
  return Float32Array.from(
    Array.from({ length: shape[0]! }, (_, row) => kept.map((column) => data[row * columns + column]!)).flat(),
  );
}
