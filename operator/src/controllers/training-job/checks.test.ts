import { expect, test } from 'vitest';
import { firstBlocked } from '../controller.ts';
import { fineTuneJob, settings } from '../manifests.suite.ts';
import { startChecks } from './checks.ts';
import type { JobSeen } from './observe.ts';

const seen = { pods: [], configMaps: [], upstreams: [] } as unknown as JobSeen;
const local = { uri: 'file:///data/qa.jsonl', format: 'qa' } as const;
const away = { uri: 'npm://facts/questions', format: 'qa' } as const;

test.each([
  ['base', { base: { uri: 'file:///models/gpt2' } }],
  ['data', { data: { sources: [local] } }],
  ['further test set', { data: { sources: [away] }, evaluation: { testSets: [{ name: 'more', sources: [local] }] } }],
  ['result', { output: { uri: 'file:///models' } }],
])('a file of one machine is refused on a cluster: %s', (_what, spec) => {
  const checks = (localFiles: boolean) => startChecks({ ...settings, localFiles });
  const job = fineTuneJob('wiki-gpt', spec);
  expect(firstBlocked(checks(true), job, seen)).toBeUndefined();
  expect(firstBlocked(checks(false), job, seen)).toMatchObject({
    reason: 'InvalidSpec',
    message: expect.stringMatching(/^file:\/\/.* is a file of one machine/) as string,
  });
});
