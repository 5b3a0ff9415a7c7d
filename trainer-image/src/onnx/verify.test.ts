import { expect, test } from 'vitest';
import { createOps } from './ops.ts';
import type { Graph, GraphNode, Value } from './value.ts';
import { verify } from './verify.ts';

function small(): Graph {
  const ops = createOps('small');
  const x = ops.input('x', 'float32', [2, 3]);
  const w = ops.initializer('w', 'float32', [3, 4], new Float32Array(12));
  const [left] = ops.split(
    ops.scope('layer', () => ops.matmul(x, w)),
    1,
    [1, 3],
  );
  ops.output('y', ops.reduceSum(left!, [1]));
  return ops.graph();
}
const change = (graph: Graph, at: number, changed: Partial<GraphNode>): Graph => ({
  ...graph,
  nodes: graph.nodes.map((node, index) => (index === at ? { ...node, ...changed } : node)),
});
const stranger: Value = { name: 'stranger', dtype: 'float32', shape: [2, 3] };

test('a built graph is in order and comes back', () => {
  const graph = small();
  expect(verify(graph)).toBe(graph);
});

test('the message names the node and shows its neighbours', () => {
  const graph = small();
  const product = graph.nodes[0]!;
  const wrong = change(graph, 0, { outputs: [{ ...product.outputs[0]!, shape: [2, 5] }] });
  expect(() => verify(wrong)).toThrow(
    [
      'Graph small: layer/MatMul claims float32 [2, 5] but gives float32 [2, 4].',
      '> layer/MatMul: float32 [2, 5] = MatMul(x, w)',
    ].join('\n'),
  );
});

test.each<[string, (graph: Graph) => Graph, RegExp]>([
  ['an unknown operator', (graph) => change(graph, 0, { op: 'Gelu' }), /layer\/MatMul is a Gelu, which is no known/],
  [
    'an unknown value',
    (graph) => change(graph, 0, { inputs: [stranger, graph.initializers[0]!.value] }),
    /uses stranger/,
  ],
  ['a missing operand', (graph) => change(graph, 0, { inputs: [graph.inputs[0]!] }), /1 inputs were given, 2 are exp/],
  ['an absent operand', (graph) => change(graph, 0, { inputs: [graph.inputs[0]!, null] }), /2 inputs were given/],
  ['a missing result', (graph) => change(graph, 1, { outputs: graph.nodes[1]!.outputs.slice(0, 1) }), /1 results but/],
  ['nodes out of order', (graph) => ({ ...graph, nodes: graph.nodes.toReversed() }), /before it is computed/],
  ['two nodes of one name', (graph) => change(graph, 1, { name: 'layer/MatMul' }), /two nodes are named layer\/MatMul/],
  [
    'two values of one name',
    (graph) => ({ ...graph, inputs: [...graph.inputs, { ...stranger, name: 'w' }] }),
    /name w st/,
  ],
  ['no output', (graph) => ({ ...graph, outputs: [] }), /there is no output/],
  ['an output of nothing', (graph) => ({ ...graph, outputs: [{ name: 'y', value: stranger }] }), /not in the graph/],
  [
    'an output under a taken name',
    (graph) => ({ ...graph, outputs: [{ name: 'x', value: graph.nodes.at(-1)!.outputs[0]! }] }),
    /the name of output x is taken/,
  ],
  [
    'too few bytes',
    (graph) => ({
      ...graph,
      initializers: graph.initializers.map((one) =>
        one.value.name === 'w' ? { ...one, data: { location: 'f', offset: 0, length: 44 } } : one,
      ),
    }),
    /initializer w has 44 bytes but float32 \[3, 4\] takes 48/,
  ],
])('refuses %s', (_, spoil, message) => {
  expect(() => verify(spoil(small()))).toThrow(message);
});
