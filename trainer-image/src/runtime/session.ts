import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import { TrainerError } from '../errors.ts';
import { encodeModel } from '../onnx/encode-model.ts';
import type { DType, Graph, TensorData } from '../onnx/value.ts';
import { verify } from '../onnx/verify.ts';
import type { Tensor } from './tensor.ts';

export interface SessionSource {
  readonly graph: Graph;
  /** Where the files of external data lie. */
  readonly folder?: string;
}

export interface SessionOptions {
  readonly threads: number;
  /** Plans one block for all activations; off, because on top of the arena it doubled peak memory from the second run. */
  readonly memoryPattern?: boolean;
  /** Keeps repacked copies of constant matrices: a few percent faster, a quarter more memory. */
  readonly prepacking?: boolean;
  /** Worker threads wait actively between operators: faster alone, harmful beside other work. */
  readonly spinning?: boolean;
}

/** A compiled graph; feeds and results are keyed by the names of the graph's inputs and outputs. */
export interface Session {
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}

/** Verifies, encodes and compiles a graph for the CPU; GraphInvalid when the runtime refuses it, OutOfMemory when it does not fit. */
export async function createSession(source: SessionSource, options: SessionOptions): Promise<Session> {
  // Apart, so that a session keeps its graph's name and not its tensors.
  return overSession(source.graph.name, await compile(source, options));
}

async function compile({ graph, folder }: SessionSource, options: SessionOptions): Promise<InferenceSession> {
  const config: Record<string, string> = {};
  if (options.prepacking === false) config['disable_prepacking'] = '1';
  if (options.spinning !== undefined) config['intra_op.allow_spinning'] = options.spinning ? '1' : '0';
  if (folder !== undefined) config['model_external_initializers_file_folder_path'] = folder;
  try {
    return await InferenceSession.create(encodeModel(verify(graph)), {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'all',
      intraOpNumThreads: options.threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      enableMemPattern: options.memoryPattern ?? false,
      // Errors are thrown; the runtime need not print them as well.
      logSeverityLevel: 4,
      extra: { session: config },
    });
  } catch (error) {
    throw runtimeError(`Graph ${graph.name} could not be compiled`, error);
  }
}

function overSession(name: string, session: InferenceSession): Session {
  return {
    async run(feeds) {
      try {
        const inputs = Object.fromEntries(Object.entries(feeds).map(([input, tensor]) => [input, toRuntime(tensor)]));
        const results = await session.run(inputs);
        return Object.fromEntries(Object.entries(results).map(([output, tensor]) => [output, fromRuntime(tensor)]));
      } catch (error) {
        throw runtimeError(`Graph ${name} failed while running`, error);
      }
    },
    release: () => session.release(),
  };
}

function toRuntime({ dtype, shape, data }: Tensor): RuntimeTensor {
  return new RuntimeTensor(dtype, data, shape);
}

function fromRuntime(tensor: RuntimeTensor): Tensor {
  return { dtype: tensor.type as DType, shape: tensor.dims, data: tensor.data as TensorData };
}

function runtimeError(what: string, cause: unknown): TrainerError {
  if (cause instanceof TrainerError) return cause;
  const message = (cause instanceof Error ? cause.message : String(cause)).replaceAll(/\s+/g, ' ').trim();
  if (/bad_alloc|allocate memory|out of memory|array_new_length/i.test(message))
    return new TrainerError(
      'OutOfMemory',
      `${what}: memory ran out (${message}). Use a smaller batch, a shorter sequenceLength or more memory.`,
      { cause },
    );
  return new TrainerError('GraphInvalid', `${what}: ${message}`, { cause });
}
