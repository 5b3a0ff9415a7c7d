import { TrainerError } from '../errors.ts';
import { type ConstantOf, inferResults } from './infer.ts';
import { type OpName, opTable, requiredResults } from './op-table.ts';
import { printNeighbourhood } from './print-graph.ts';
import { elementCount, sameShape, shapeText } from './shapes.ts';
import type { DType, Graph, GraphNode, Initializer, Value } from './value.ts';

const bytesPer: Record<DType, number> = { float32: 4, int64: 8, int32: 4, uint8: 1, int8: 1, bool: 1 };

/** Throws GraphInvalid with the node's name and neighbourhood unless names are unique, nodes come after what they use, and every operator, dtype and shape is right; returns the graph. */
export function verify(graph: Graph): Graph {
  const constants = integerConstants(graph.initializers);
  const known = new Set<Value>();
  const names = new Set<string>();
  const nodeNames = new Set<string>();

  const refuse = (what: string, node?: GraphNode): never => {
    const place = node ? `\n${printNeighbourhood(graph, node)}` : '';
    throw new TrainerError('GraphInvalid', `Graph ${graph.name}: ${what}.${place}`);
  };
  const declare = (value: Value, node?: GraphNode): void => {
    if (names.has(value.name)) refuse(`the name ${value.name} stands for two values`, node);
    names.add(value.name);
    known.add(value);
  };

  for (const input of graph.inputs) declare(input);
  for (const initializer of graph.initializers) {
    declare(initializer.value);
    const complaint = complaintAbout(initializer);
    if (complaint) refuse(`initializer ${initializer.value.name} ${complaint}`);
  }
  for (const node of graph.nodes) {
    if (nodeNames.has(node.name)) refuse(`two nodes are named ${node.name}`, node);
    nodeNames.add(node.name);
    for (const input of node.inputs)
      if (input && !known.has(input)) refuse(`${node.name} uses ${input.name} before it is computed`, node);
    const complaint = resultComplaint(node, (value) => constants.get(value));
    if (complaint) refuse(`${node.name} ${complaint}`, node);
    for (const output of node.outputs) if (output) declare(output, node);
  }
  if (graph.outputs.length === 0) refuse('there is no output');
  const outputNames = new Set<string>();
  for (const { name, value } of graph.outputs) {
    if (!known.has(value)) refuse(`output ${name} is ${value.name}, which is not in the graph`);
    if (outputNames.has(name) || (names.has(name) && value.name !== name))
      refuse(`the name of output ${name} is taken`);
    outputNames.add(name);
  }
  return graph;
}

function integerConstants(initializers: readonly Initializer[]): Map<Value, readonly number[]> {
  const constants = new Map<Value, readonly number[]>();
  for (const { value, data } of initializers)
    if (data instanceof BigInt64Array && value.shape.length === 1) constants.set(value, Array.from(data, Number));
  return constants;
}

function complaintAbout({ value, data }: Initializer): string | null {
  const count = elementCount(value.shape);
  if (count === null) return `has the symbolic shape ${shapeText(value.shape)}`;
  const [found, expected] = [ArrayBuffer.isView(data) ? data.byteLength : data.length, count * bytesPer[value.dtype]];
  return found === expected
    ? null
    : `has ${found} bytes but ${value.dtype} ${shapeText(value.shape)} takes ${expected}`;
}

function resultComplaint(node: GraphNode, constantOf: ConstantOf): string | null {
  if (!Object.hasOwn(opTable, node.op)) return `is a ${node.op}, which is no known operator`;
  const op = node.op as OpName;
  const [least, most] = opTable[op].outputs;
  if (node.outputs.length < least || node.outputs.length > most || node.outputs.slice(0, least).includes(null))
    return `has ${node.outputs.length} results, ${least === most ? least : `${least} to ${most}`} are expected`;
  const claimed = node.outputs.map((output) => output?.shape ?? []);
  const results = (() => {
    try {
      return inferResults({ ...node, op, claimed }, constantOf);
    } catch (error) {
      if (error instanceof TrainerError) return error.message;
      throw error;
    }
  })();
  if (typeof results === 'string') return `is wrong: ${results}`;
  if (results.length > node.outputs.length && requiredResults(op, results.length) > node.outputs.length)
    return `has ${node.outputs.length} results but gives ${results.length}`;
  for (const [index, output] of node.outputs.entries()) {
    const result = results[index];
    if (!result) return `has result ${index}, which ${op} does not give`;
    if (output && (output.dtype !== result.dtype || !sameShape(output.shape, result.shape)))
      return `claims ${output.dtype} ${shapeText(output.shape)} but gives ${result.dtype} ${shapeText(result.shape)}`;
  }
  return null;
}
