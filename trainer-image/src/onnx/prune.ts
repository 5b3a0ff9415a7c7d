import { type OpName, requiredResults } from './op-table.ts';
import type { Graph, GraphNode, Value } from './value.ts';

/** Keeps only what the outputs depend on: nodes, their optional results, initializers; the inputs all stay. */
export function prune(graph: Graph): Graph {
  const used = new Set<Value>(graph.outputs.map(({ value }) => value));
  const kept: GraphNode[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => output && used.has(output))) continue;
    const required = requiredResults(node.op as OpName, node.outputs.length);
    const outputs = node.outputs.map((output, index) =>
      index < required || (output && used.has(output)) ? output : null,
    );
    while (outputs.at(-1) === null) outputs.pop();
    for (const input of node.inputs) if (input) used.add(input);
    kept.push(
      outputs.every((output, index) => output === node.outputs[index]) && outputs.length === node.outputs.length
        ? node
        : { ...node, outputs },
    );
  }
  return {
    name: graph.name,
    inputs: [...graph.inputs],
    outputs: [...graph.outputs],
    nodes: kept.reverse(),
    initializers: graph.initializers.filter(({ value }) => used.has(value)),
  };
}
