import { TrainerError } from '../errors.ts';
import { dtypeCodes } from './dtype-codes.ts';
import { type OpName, opTable } from './op-table.ts';
import { createProtobufWriter, type ProtobufWriter } from './protobuf-writer.ts';
import type { Attribute, Graph, GraphNode, Initializer, Value } from './value.ts';

const irVersion = 10;
const opsets = { '': 21, 'com.microsoft': 1 } as const;
/** Protobuf parsers refuse messages of 2 GiB. */
const largestModel = 2 ** 31 - 1;

const attributeTypes = { float: 1, integer: 2, text: 3, integers: 7 } as const;

function encodeAttribute(name: string, attribute: Attribute): ProtobufWriter {
  const writer = createProtobufWriter().text(1, name);
  if (typeof attribute === 'number') return writer.integer(3, attribute).integer(20, attributeTypes.integer);
  if (typeof attribute === 'string') return writer.text(4, attribute).integer(20, attributeTypes.text);
  if ('float' in attribute) return writer.float(2, attribute.float).integer(20, attributeTypes.float);
  for (const item of attribute) writer.integer(8, item);
  return writer.integer(20, attributeTypes.integers);
}

function encodeValue({ name, dtype, shape }: Value): ProtobufWriter {
  const dims = createProtobufWriter();
  for (const dim of shape)
    dims.message(
      1,
      typeof dim === 'string' ? createProtobufWriter().text(2, dim) : createProtobufWriter().integer(1, dim),
    );
  const tensor = createProtobufWriter().integer(1, dtypeCodes[dtype]).message(2, dims);
  return createProtobufWriter().text(1, name).message(2, createProtobufWriter().message(1, tensor));
}

function encodeInitializer({ value, data }: Initializer): ProtobufWriter {
  const writer = createProtobufWriter();
  for (const dim of value.shape) writer.integer(1, Number(dim));
  writer.integer(2, dtypeCodes[value.dtype]).text(8, value.name);
  if (ArrayBuffer.isView(data)) return writer.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  for (const key of ['location', 'offset', 'length'] as const)
    writer.message(13, createProtobufWriter().text(1, key).text(2, String(data[key])));
  return writer.integer(14, 1);
}

function encodeNode(node: GraphNode, nameOf: (value: Value | null) => string): ProtobufWriter {
  const writer = createProtobufWriter();
  for (const input of node.inputs) writer.text(1, nameOf(input));
  for (const output of node.outputs) writer.text(2, nameOf(output));
  writer.text(3, node.name).text(4, node.op);
  for (const [name, attribute] of Object.entries(node.attributes)) writer.message(5, encodeAttribute(name, attribute));
  return writer.text(7, opTable[node.op as OpName].domain);
}

/**
 * Serialises a graph as an ONNX model. A node's result that is a graph output is written under the output's name, so
 * that the runtime computes straight into it; only a second output of one value, an input or an initializer costs an Identity.
 */
export function encodeModel(graph: Graph): Uint8Array {
  const computed = new Set(graph.nodes.flatMap((node) => node.outputs));
  const renamed = new Map<Value, string>();
  const copies: GraphNode[] = [];
  for (const { name, value } of graph.outputs) {
    if (computed.has(value) && !renamed.has(value)) renamed.set(value, name);
    else
      copies.push({
        op: 'Identity',
        name: `output/${name}`,
        inputs: [value],
        outputs: [{ ...value, name }],
        attributes: {},
      });
  }
  const nameOf = (value: Value | null): string => (value ? (renamed.get(value) ?? value.name) : '');

  const body = createProtobufWriter();
  for (const node of [...graph.nodes, ...copies]) body.message(1, encodeNode(node, nameOf));
  body.text(2, graph.name);
  for (const initializer of graph.initializers) body.message(5, encodeInitializer(initializer));
  for (const input of graph.inputs) body.message(11, encodeValue(input));
  for (const { name, value } of graph.outputs) body.message(12, encodeValue({ ...value, name }));

  const model = createProtobufWriter().integer(1, irVersion).text(2, 'wikigpt').message(7, body);
  for (const [domain, version] of Object.entries(opsets))
    model.message(8, createProtobufWriter().text(1, domain).integer(2, version));
  if (model.length > largestModel)
    throw new TrainerError(
      'GraphInvalid',
      `Graph ${graph.name} takes ${model.length} bytes, more than a model file can hold; keep its large tensors in a file beside it.`,
    );
  return model.finish();
}
