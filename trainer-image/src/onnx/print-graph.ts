import { shapeText } from './shapes.ts';
import type { Attribute, Graph, GraphNode, Initializer, Value } from './value.ts';

const valueText = ({ name, dtype, shape }: Value): string => `${name}: ${dtype} ${shapeText(shape)}`;

function attributeText(attribute: Attribute): string {
  if (typeof attribute !== 'object') return String(attribute);
  return 'float' in attribute ? String(attribute.float) : shapeText(attribute);
}

function nodeText(node: GraphNode): string {
  const results = node.outputs.map((output) => (output ? valueText(output) : '_')).join(', ');
  const attributes = Object.entries(node.attributes).map(([name, attribute]) => `${name}=${attributeText(attribute)}`);
  const inputs = node.inputs.map((input) => input?.name ?? '_');
  return `${results} = ${node.op}(${[...inputs, ...attributes].join(', ')})`;
}

function initializerText({ value, data }: Initializer): string {
  if (!ArrayBuffer.isView(data)) return `${valueText(value)} = ${data.location} @ ${data.offset}`;
  const shown = Array.from(data.subarray(0, 8), String).join(', ');
  return `${valueText(value)} = [${shown}${data.length > 8 ? ', …' : ''}]`;
}

/** The graph as a person reads it: one line for each input, initializer, node and output. */
export function printGraph(graph: Graph): string {
  return [
    `graph ${graph.name}`,
    ...graph.inputs.map((input) => `  input ${valueText(input)}`),
    ...graph.initializers.map((initializer) => `  const ${initializerText(initializer)}`),
    ...graph.nodes.map((node) => `  ${nodeText(node)}`),
    ...graph.outputs.map(({ name, value }) => `  output ${name} = ${value.name}`),
    '',
  ].join('\n');
}

/** A node with the nodes that feed it and those that use it. */
export function printNeighbourhood(graph: Graph, node: GraphNode): string {
  const shares = (from: GraphNode, to: GraphNode): boolean =>
    from.outputs.some((output) => output !== null && to.inputs.includes(output));
  const line = (other: GraphNode): string => `${other === node ? '>' : ' '} ${nodeText(other)}`;
  return graph.nodes
    .filter((other) => other === node || shares(other, node) || shares(node, other))
    .map(line)
    .join('\n');
}
