import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { fineTuneJob } from '../controllers/manifests.suite.ts';
import { readManifests } from './manifests.ts';

const job = `apiVersion: wikigpt.dev/v1alpha1
kind: FineTuneJob
metadata: {name: wiki-gpt}
spec:
  base: {scratch: {layers: 2, hidden: 32, heads: 2, context: 64, vocabulary: 512}}
  data: {sources: [{uri: "npm://facts/encyclopedia", format: text}]}
  method: {full: {}}
`;
const facts = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: facts}\ndata: {qa.jsonl: "{}"}\n';

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'wikigpt-manifests-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return folder;
}

const none = () => undefined;

test('a folder is read in the order of its names; other files and folders in it are left alone', () => {
  const folder = folderWith({ 'b.yaml': `${facts}---\n`, 'a.yml': job, 'README.md': '# no', 'package.json': '{}' });
  mkdirSync(path.join(folder, 'generator'));
  const read = readManifests([folder], 'default', none);
  expect(read.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)).toEqual([
    'FineTuneJob default/wiki-gpt',
    'ConfigMap default/facts',
  ]);
  expect(read[0]).toMatchObject({ spec: { backoffLimit: 3, output: { formats: ['Merged'] } } });
});

test.for<[string, string, string]>([
  ['broken YAML', 'a: b: c', 'm.yaml:1:4: not YAML: Nested mappings'],
  ['text', 'hello', 'm.yaml: manifest: found string, expected a block'],
  ['an unknown kind', job.replace('FineTuneJob', 'FineTuneJb'), 'did you mean FineTuneJob?'],
  [
    'a misspelt field in a second document',
    `${facts}---\n${job.replace('method', 'methd')}`,
    'm.yaml:5: spec.methd: unknown field; did you mean spec.method?',
  ],
  ['the same twice', `${job}---\n${job}`, 'FineTuneJob/default/wiki-gpt is also in'],
  ['a ConfigMap with a number', facts.replace('"{}"', '3'), 'data.qa.jsonl: expected text; put it in quotes'],
  ['a name that leads elsewhere', facts.replace('name: facts', 'name: ../facts'), 'metadata.name: expected lower-case'],
  ['a namespace that leads elsewhere', facts.replace('facts', 'facts, namespace: ../x'), 'metadata.namespace'],
  [
    'what is not built yet',
    job.replace('method', 'output: { formats: [GGUF] }\n  method'),
    'spec.output.formats[0]: GGUF is not built in this release; write Adapter or Merged',
  ],
  ['nothing', '# only a comment\n', 'no manifest in there'],
])('%s is refused with a sentence', ([, text, sentence]) => {
  const folder = folderWith({ 'm.yaml': text });
  expect(() => readManifests([folder], 'default', none)).toThrow(sentence);
});

test('files and folders that are not there are named', () => {
  expect(() => readManifests(['nowhere'], 'default', none)).toThrow('nowhere does not exist. Name a manifest file');
  const empty = folderWith({});
  expect(() => readManifests([empty], 'default', none)).toThrow(`${empty} holds no .yaml file`);
});

test('a job that exists cannot be given another spec, and the sentence says what to do', () => {
  const folder = folderWith({ 'm.yaml': job.replace('layers: 2', 'layers: 4') });
  const existing = fineTuneJob('wiki-gpt', {
    base: { scratch: { layers: 2, hidden: 32, heads: 2, context: 64, vocabulary: 512 } },
  });
  expect(() => readManifests([folder], 'default', () => existing)).toThrow(
    /base cannot change once the job exists.*To start over: wikigpt delete ftj\/wiki-gpt/,
  );
});
