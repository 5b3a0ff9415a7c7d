import type { IRegularForbiddenRuleType } from 'dependency-cruiser';

/** A rule about imports, and files that break it: the check must find these before its "no violations" is believed. */
export interface DependencyRule {
  readonly name: string;
  readonly why: string;
  readonly from: IRegularForbiddenRuleType['from'];
  readonly to: IRegularForbiddenRuleType['to'];
  readonly planted: Readonly<Record<string, string>>;
}

// Tests, the cases they walk, the suites and fixtures they share: source must not need them, and they may use what source may not.
const testFile = '\\.(test|cases|suite|fixture)\\.ts$|(^|/)fixtures/';
const purePart = '^trainer-image/src/(onnx|autodiff|nn|models|adapters|losses|optim|evaluate)/';
const decisions = '^operator/src/(controllers|objects)/';

/** Matches an npm package whether it resolved into node_modules or not. */
function npmPackage(name: string): string {
  return `(^|/)node_modules/${name}/|^${name}$`;
}

function soleImporter(name: string, importer: string, planted: string): DependencyRule {
  return {
    name: `only-${name.replace(/^@/, '').replace('/', '-')}-importer`,
    why: `${name} is imported by one place, so that it can be replaced there.`,
    from: { path: '^(crds|operator|trainer-image|examples)/', pathNot: [importer, testFile] },
    to: { path: npmPackage(name) },
    planted: { [planted]: `import * as it from '${name}';\nexport const planted = it;\n` },
  };
}

/** The directions of architecture, each with a planted violation. */
export const dependencyRules: readonly DependencyRule[] = [
  {
    name: 'no-cycles',
    why: 'Modules that import each other cannot be understood one at a time; types count.',
    from: {},
    to: { circular: true },
    planted: {
      'trainer-image/src/losses/planted-cycle.ts':
        "import type { Other } from './planted-circle.ts';\nexport interface One { other: Other }\n",
      'trainer-image/src/losses/planted-circle.ts':
        "import type { One } from './planted-cycle.ts';\nexport interface Other { one: One }\n",
    },
  },
  {
    name: 'everything-resolves',
    why: 'An import that leads nowhere is a typing mistake, or a dependency that nobody installed.',
    from: {},
    to: { couldNotResolve: true },
    planted: { 'scripts/planted-nowhere.ts': "export { nothing } from './planted-missing.ts';\n" },
  },
  {
    name: 'schema-imports-zod-alone',
    why: 'The API is the leaf that every other part stands on; its generator may read and write files.',
    from: { path: '^crds/schema/', pathNot: ['^crds/schema/generate(\\.ts|/)', testFile] },
    to: { pathNot: ['^crds/schema/(?!generate)', npmPackage('zod'), npmPackage('@marcbachmann/cel-js')] },
    planted: { 'crds/schema/planted-file.ts': "export { readFileSync } from 'node:fs';\n" },
  },
  {
    name: 'operator-does-not-import-trainer',
    why: 'They are two programs that meet in crds/schema/task.ts.',
    from: { path: '^operator/' },
    to: { path: ['^trainer-image/', npmPackage('@wikigpt/trainer')] },
    planted: {
      'operator/src/planted-trainer.ts': "export { planted } from '../../trainer-image/src/planted-part.ts';\n",
    },
  },
  {
    name: 'trainer-does-not-import-operator',
    why: 'They are two programs that meet in crds/schema/task.ts.',
    from: { path: '^trainer-image/' },
    to: { path: ['^operator/', npmPackage('@wikigpt/operator')] },
    planted: {
      'trainer-image/src/planted-operator.ts': "export { planted } from '../../operator/src/planted-part.ts';\n",
      'trainer-image/src/planted-part.ts': 'export const planted = 1;\n',
      'operator/src/planted-part.ts': 'export const planted = 1;\n',
    },
  },
  {
    name: 'product-does-not-import-examples',
    why: 'An example uses the product, never the other way round.',
    from: { path: '^(crds|operator|trainer-image)/' },
    to: { path: ['^examples/', npmPackage('@wikigpt/country-facts')] },
    planted: {
      'trainer-image/src/planted-example.ts': "export { planted } from '../../examples/planted-part.ts';\n",
      'examples/planted-part.ts': 'export const planted = 1;\n',
    },
  },
  {
    name: 'source-does-not-import-tests',
    why: 'What runs must not depend on what checks it.',
    from: { path: '^(crds|operator|trainer-image|examples|scripts)/', pathNot: testFile },
    to: { path: ['^test/', testFile, npmPackage('vitest')] },
    planted: {
      'operator/src/planted-tested.ts': "export { planted } from '../../test/planted-part.ts';\n",
      'test/planted-part.ts': 'export const planted = 1;\n',
    },
  },
  {
    name: 'bench-imports-no-test-but-the-control-plane',
    why: 'A bench starts the same API server as the tests do, and needs nothing else of theirs.',
    from: { path: '^bench/', pathNot: testFile },
    to: {
      path: ['^test/', testFile, npmPackage('vitest')],
      pathNot: '^test/cluster/(control-plane/|definitions\\.ts$)',
    },
    planted: {
      'bench/planted-tested.ts': "export { planted } from '../test/planted-part.ts';\n",
      'test/planted-part.ts': 'export const planted = 1;\n',
    },
  },
  {
    name: 'decisions-do-no-io',
    why: 'plan and status are functions of what was observed; node:crypto is allowed for hashes in names.',
    from: { path: decisions, pathNot: testFile },
    to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    planted: { 'operator/src/controllers/planted-io.ts': "export { spawn } from 'node:child_process';\n" },
  },
  {
    name: 'decisions-do-not-know-the-cluster',
    why: 'Controllers and objects see the port and its types, never an implementation, a server or a logger.',
    from: { path: decisions, pathNot: testFile },
    to: {
      path: '^operator/src/(cluster/(kube|local)|progress|cli)/|^operator/src/(main|log|config|metrics)\\.ts$',
    },
    planted: {
      'operator/src/objects/planted-local.ts': "export { planted } from '../cluster/local/planted-part.ts';\n",
      'operator/src/cluster/local/planted-part.ts': 'export const planted = 1;\n',
    },
  },
  {
    name: 'mathematics-does-no-io',
    why: 'Graphs, gradients, models, losses and metrics are values in, values out.',
    from: { path: purePart, pathNot: testFile },
    to: { dependencyTypes: ['core'] },
    planted: { 'trainer-image/src/nn/planted-io.ts': "export { readFileSync } from 'node:fs';\n" },
  },
  {
    name: 'mathematics-stands-alone',
    why: 'The pure folders know each other, the schema and small values; no runtime, file format, server or log.',
    from: { path: purePart, pathNot: testFile },
    to: {
      path: [
        '^trainer-image/src/(runtime|serve|artifacts|commands|recipes|weights|data)/',
        '^trainer-image/src/(main|log)\\.ts$',
        '(^|/)node_modules/(?!zod/)',
      ],
    },
    planted: {
      'trainer-image/src/evaluate/planted-runtime.ts': "export { planted } from '../runtime/planted-part.ts';\n",
      'trainer-image/src/runtime/planted-part.ts': 'export const planted = 1;\n',
    },
  },
  soleImporter('onnxruntime-node', '^trainer-image/src/runtime/', 'trainer-image/src/serve/planted-runtime.ts'),
  soleImporter('@kubernetes/client-node', '^operator/src/cluster/kube/', 'operator/src/cluster/local/planted-kube.ts'),
  soleImporter('@aws-sdk/client-s3', '^trainer-image/src/artifacts/s3/', 'trainer-image/src/data/planted-s3.ts'),
  soleImporter('@huggingface/hub', '^trainer-image/src/artifacts/hf/', 'trainer-image/src/data/planted-hub.ts'),
  soleImporter(
    'undici',
    '^operator/src/cluster/kube/|^trainer-image/src/artifacts/http/',
    'trainer-image/src/serve/planted-undici.ts',
  ),
  soleImporter('winston', '^(operator|trainer-image)/src/log\\.ts$', 'operator/src/planted-log.ts'),
  soleImporter(
    'prom-client',
    '^operator/src/metrics\\.ts$|^trainer-image/src/(serve/metrics|progress/training-metrics)\\.ts$',
    'operator/src/planted-metrics.ts',
  ),
];
