import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { data, type Data } from '@wikigpt/schema/data.ts';
import { testSet } from '@wikigpt/schema/evaluation.ts';
import { digestOf } from '../artifacts/digest.ts';
import { storesAt } from '../artifacts/stores.fixture.ts';
import { prepareData, prepareTestSet } from './prepare.ts';

let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'data-'));
  folder = join(root, 'mnt', 'configmap', 'facts');
  await mkdir(folder, { recursive: true });
});

const place = () => ({ stores: storesAt(root), seed: 1 });
const specOf = (uri: string, rest: object = {}, source: object = {}): Data =>
  data.parse({ sources: [{ uri, format: 'qa', ...source }], ...rest });
const lines = (count: number, from = 0): string =>
  Array.from({ length: count }, (_, index) => {
    const entity = `Land${from + index}`;
    return JSON.stringify({ question: `What is the capital of ${entity}?`, answer: `City${index}`, entity });
  }).join('\n');

describe('data of files', () => {
  test('is cleaned, split and summed up, and stays the same in every pass', async () => {
    const text = `${lines(40)}\n${lines(2)}\nnot json`;
    await writeFile(join(folder, 'qa.jsonl'), text);
    const spec = specOf('configmap://facts/qa.jsonl', {
      split: { by: 'Entity', testPercent: 20, validationPercent: 10 },
      clean: { maxBadRecordsPercent: 5 },
    });
    const prepared = await prepareData(spec, place());
    expect(prepared.summary).toEqual({
      records: 40,
      dropped: { unreadable: 1, language: 0, duplicate: 2, nearDuplicate: 0 },
      train: 28,
      validation: 4,
      test: 8,
      leakagePercent: 0,
      digest: digestOf(digestOf(text)),
    });
    expect(prepared.train(5)).toBe(prepared.train(0));
    expect((await prepareData(spec, place())).test).toEqual(prepared.test);
  });

  test('may lie in a folder, in several forms', async () => {
    await writeFile(join(folder, 'a.jsonl'), lines(5));
    await writeFile(join(folder, 'b.csv'), 'question,answer\nQ,A\n');
    await writeFile(join(folder, 'LICENSE'), 'not data');
    const { summary } = await prepareData(specOf('configmap://facts', { split: { testPercent: 20 } }), place());
    expect(summary.records).toBe(6);
  });

  test('is checked against its pinned digest', async () => {
    await writeFile(join(folder, 'qa.jsonl'), lines(20));
    const uri = 'configmap://facts/qa.jsonl';
    await prepareData(specOf(uri, {}, { digest: digestOf(lines(20)) }), place());
    await expect(prepareData(specOf(uri, {}, { digest: digestOf('other') }), place())).rejects.toMatchObject({
      code: 'DigestMismatch',
    });
  });
});

describe('data that cannot be used says why', () => {
  test.each([
    ['is not there', {}, 'configmap://facts/qa.jsonl', /qa.jsonl is not there/],
    ['is empty', { 'qa.jsonl': '' }, 'configmap://facts/qa.jsonl', /holds no records: configmap:\/\/facts\/qa.jsonl/],
    ['is a folder of nothing', { LICENSE: '' }, 'configmap://facts', /holds no data files/],
    ['has no known form', { 'qa.bin': 'x' }, 'configmap://facts/qa.bin', /no known ending/],
    [
      'names other columns',
      { 'qa.jsonl': '{"q":"a"}' },
      'configmap://facts/qa.jsonl',
      /qa.jsonl:1 has no field "question"/,
    ],
    ['leaves its mount', {}, 'configmap://facts/../../secret.jsonl', /leaves its volume/],
  ])('%s', async (_, files, uri, message) => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    await expect(prepareData(specOf(uri), place())).rejects.toThrow(message);
  });

  test('asks the test what it trained', async () => {
    const twice = Array.from({ length: 20 }, (_, index) =>
      JSON.stringify({ question: 'The same for all?', answer: `A${index}` }),
    );
    await writeFile(join(folder, 'qa.jsonl'), twice.join('\n'));
    await expect(prepareData(specOf('configmap://facts/qa.jsonl'), place())).rejects.toThrow(
      /100\.0 % of the test records are known .*maxLeakagePercent/,
    );
  });
});

describe('a further test set', () => {
  test('can be kept to the entities of the main test', async () => {
    await writeFile(join(folder, 'qa.jsonl'), lines(40));
    await writeFile(join(folder, 'other.jsonl'), lines(40).replaceAll('What is', 'Name'));
    const spec = specOf('configmap://facts/qa.jsonl', { split: { by: 'Entity', testPercent: 20 } });
    const main = await prepareData(spec, place());
    const setOf = (part: string) =>
      testSet.parse({ name: 'wordings', sources: [{ uri: 'configmap://facts/other.jsonl', format: 'qa' }], part });
    const held = await prepareTestSet(setOf('TestEntities'), spec.clean, main.partOf, place());
    expect(new Set(held.map(({ entity }) => entity))).toEqual(new Set(main.test.map(({ entity }) => entity)));
    expect(await prepareTestSet(setOf('All'), spec.clean, main.partOf, place())).toHaveLength(40);

    await writeFile(join(folder, 'other.jsonl'), lines(0));
    await expect(prepareTestSet(setOf('All'), spec.clean, main.partOf, place())).rejects.toThrow(
      /test set wordings has no records/,
    );
  });
});

describe('a generator', () => {
  const uri = 'npm://facts/questions';
  const split = { by: 'Entity', testPercent: 20, validationPercent: 10 };
  beforeEach(async () => {
    const path = join(root, 'node_modules', 'facts');
    await mkdir(path, { recursive: true });
    const manifest = { name: 'facts', type: 'module', exports: './index.js', wikigpt: { generator: true } };
    await writeFile(join(path, 'package.json'), JSON.stringify(manifest));
    await writeFile(
      join(path, 'index.js'),
      `export const questions = ({ pass, seed }) => Array.from({ length: 50 }, (_, index) =>
        ({ question: 'What is ' + index + '? (' + pass + '/' + seed + ')', answer: 'A', entity: 'E' + index }));`,
    );
  });
  const place = (seed = 1) => ({ stores: storesAt(root), seed, packagesOf: join(root, 'trainer.js') });

  test('writes each pass afresh, and entities of the test stay out of every pass', async () => {
    const prepared = await prepareData(specOf(uri, { split }), place());
    const held = new Set([...prepared.test, ...prepared.validation].map(({ entity }) => entity));
    expect(held.size).toBe(15);
    const [first, later] = [prepared.train(0), prepared.train(3)];
    expect(later).toHaveLength(35);
    expect(later.some(({ entity }) => held.has(entity))).toBe(false);
    expect(first[0]).toMatchObject({ question: expect.stringContaining('(0/1)') as string });
    expect(later[0]).toMatchObject({ question: expect.stringContaining('(3/1)') as string });
    expect(prepared.train(3)).toEqual(later);
  });

  test('has a digest of its first pass, which depends on the seed', async () => {
    const { summary } = await prepareData(specOf(uri, { split }), place());
    expect((await prepareData(specOf(uri, { split }), place(2))).summary.digest).not.toBe(summary.digest);
    await expect(prepareData(specOf(uri, { split }, { digest: digestOf('x') }), place())).rejects.toMatchObject({
      code: 'DigestMismatch',
    });
  });
});
