import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { fetchFolder, fetchModel } from '../../trainer-image/src/artifacts/fetch-folder.ts';
import { publishFolder } from '../../trainer-image/src/artifacts/publish-folder.ts';
import { resolveExisting } from '../../trainer-image/src/artifacts/resolve.ts';
import { storesAt } from '../../trainer-image/src/artifacts/stores.fixture.ts';
import { bytesOf } from './artifact-folder.ts';
import { copying, sizeOfPart } from './copying.ts';
import { hubToken, startHubStandIn, type HubCall } from './hub-stand-in.ts';

const uri = 'hf://org/small-model';
const weightBytes = 2 ** 20;
const weights = bytesOf(weightBytes);
const files = {
  'README.md': '# A model',
  'config.json': '{"model_type":"llama"}',
  'tokenizer.json': '{}',
  'chat_template.jinja': '{{ messages }}',
  'vocab.txt': 'a\nb\n',
  'model.safetensors': weights,
  'model.fp16.safetensors': weights.subarray(0, 2000),
  'pytorch_model.bin': 'a pickle',
  'modeling_small.py': 'print("ran")',
  'onnx/model.onnx': 'another form',
};
const isWeights = ({ server }: HubCall) => server === 'cdn';
const refusal = (code: string, message: RegExp) => ({ code, message: expect.stringMatching(message) as string });

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'hub-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A hub with the model in it, and containers that know it. */
async function hubWith(misbehaviour: Parameters<typeof startHubStandIn>[0] = {}) {
  const hub = await startHubStandIn(misbehaviour);
  onTestFinished(() => hub.stop());
  const newRoot = () => mkdtemp(join(folder, 'root-'));
  return {
    ...hub,
    commit: hub.commit,
    newRoot,
    stores: async (environment: Record<string, string> = {}) =>
      storesAt(await newRoot(), { ...hub.environment, ...environment }),
  };
}

describe('a model on a hub', () => {
  test('is copied at a commit, without what could run', async () => {
    const hub = await hubWith();
    const commit = hub.commit('org/small-model', { files });
    const stores = await hub.stores();
    const found = await fetchModel({ uri }, stores);
    expect(found.uri).toBe(`hf://org/small-model@${commit}`);
    expect((await readdir(found.path, { recursive: true })).sort()).toEqual([
      'chat_template.jinja',
      'config.json',
      'model.safetensors',
      'tokenizer.json',
      'vocab.txt',
    ]);
    expect(weights.equals(await readFile(join(found.path, 'model.safetensors')))).toBe(true);
    const before = hub.calls.length;
    expect(await fetchFolder({ uri }, stores)).toBe(found.path);
    expect(hub.calls.slice(before).every(({ path }) => path.includes('/tree/'))).toBe(true);
  });

  test('is the commit that the first try found, whatever happens to the branch', async () => {
    const hub = await hubWith();
    const first = hub.commit('org/small-model', { files });
    hub.commit('org/small-model', { files }, 'refs/pr/1');
    const stores = await hub.stores();
    await fetchModel({ uri }, stores);
    const second = hub.commit('org/small-model', { files: { ...files, 'config.json': '{}' } });
    const commitOf = async (address: { uri: string; revision?: string }, at = stores) =>
      (await fetchModel(address, at)).uri.split('@')[1];
    expect(await commitOf({ uri })).toBe(first);
    expect(await commitOf({ uri }, await hub.stores())).toBe(second);
    expect(await commitOf({ uri, revision: first }, await hub.stores())).toBe(first);
    expect(await commitOf({ uri: `${uri}@${first}` }, await hub.stores())).toBe(first);
    expect(await commitOf({ uri: `${uri}@refs%2Fpr%2F1` }, await hub.stores())).toBe(first);
  });

  test('may be private: the token of a Secret goes to the hub and nowhere else', async () => {
    const hub = await hubWith();
    hub.commit('org/small-model', { files, access: 'Private' });
    const root = await hub.newRoot();
    const secret = join(root, 'var/run/secrets/wikigpt-stores/hub');
    await mkdir(secret, { recursive: true });
    await writeFile(join(secret, 'HF_TOKEN'), `${hubToken}\n`);
    await writeFile(join(secret, 'HF_ENDPOINT'), `${hub.environment.HF_ENDPOINT}/`);
    await fetchModel({ uri, secretRef: { name: 'hub' } }, storesAt(root));
    const tokens = (server: string) =>
      new Set(hub.calls.filter((call) => call.server === server).map(({ authorization }) => authorization));
    expect(tokens('hub')).toEqual(new Set([`Bearer ${hubToken}`]));
    expect(tokens('cdn')).toEqual(new Set([undefined]));
  });

  test('may be one .gguf file', async () => {
    const hub = await hubWith();
    const gguf = { 'README.md': '', 'q4.gguf': 'GGUF 4', 'q8.gguf': 'GGUF 8' };
    hub.commit('org/two', { files: gguf });
    hub.commit('org/one', { files: { 'README.md': '', 'deep/q8.gguf': 'GGUF 8' } });
    const read = async (address: string) => {
      const path = await resolveExisting({ uri: address }, await hub.stores(), 'ModelIncompatible');
      return `${basename(path)} ${await readFile(path, 'utf8')}`;
    };
    expect(await read('hf://org/two/q4.gguf')).toBe('q4.gguf GGUF 4');
    expect(await read('hf://org/one/deep')).toBe('q8.gguf GGUF 8');
    await expect(read('hf://org/two')).rejects.toMatchObject(
      refusal('ModelIncompatible', /2 \.gguf files; name one of them, such as hf:\/\/org\/two\/q4\.gguf/),
    );
  });

  test('may be data: a file or a folder of them', async () => {
    const hub = await hubWith();
    hub.commit('org/facts', {
      type: 'dataset',
      files: { 'README.md': '', 'qa/train.jsonl': '{}', 'qa/test.csv': 'a', 'qa/x.parquet': '', 'p/x.parquet': '' },
    });
    const read = async (below: string) =>
      resolveExisting({ uri: `hf://datasets/org/facts${below}` }, await hub.stores(), 'DataInvalid');
    expect(await readFile(await read('@main/qa/train.jsonl'), 'utf8')).toBe('{}');
    expect((await readdir(await read('/qa'))).sort()).toEqual(['test.csv', 'train.jsonl']);
    await expect(read('/p')).rejects.toMatchObject(refusal('DataInvalid', /parquet must be converted first/));
    await expect(read('/qa/x.parquet')).rejects.toMatchObject(refusal('DataInvalid', /must end in \.jsonl/));
  });
});

describe('a copy from a hub that is interrupted', () => {
  test('goes on from its last byte after kill -9, at the same commit', async () => {
    const half = weightBytes / 2;
    let held = true;
    const hub = await hubWith({ holdAfter: (call) => (held && isWeights(call) ? half : undefined) });
    const commit = hub.commit('org/small-model', { files });
    const root = await hub.newRoot();
    const copy = copying(['fetch', uri, root], hub.environment);
    await expect.poll(() => sizeOfPart(root), { timeout: 20_000 }).toBe(half);
    await copy.kill();

    held = false;
    hub.commit('org/small-model', { files: { ...files, 'model.safetensors': bytesOf(weightBytes, 2) } });
    const before = hub.calls.length;
    const found = await fetchModel({ uri }, storesAt(root, hub.environment));
    expect(found.uri).toBe(`hf://org/small-model@${commit}`);
    expect(weights.equals(await readFile(join(found.path, 'model.safetensors')))).toBe(true);
    const calls = hub.calls.slice(before);
    expect(calls.filter(isWeights).map(({ range }) => range)).toEqual([`bytes=${half}-`]);
    expect(calls.some(({ path }) => path.includes('/resolve/') && path.endsWith('config.json'))).toBe(false);
    expect((await readdir(dirname(found.path))).filter((name) => name.includes('.part-'))).toEqual([]);
  });

  test('brings each byte once when the connection is lost again and again', async () => {
    const hub = await hubWith({ cutAfter: (call) => (isWeights(call) ? weightBytes / 4 : undefined) });
    hub.commit('org/small-model', { files });
    const path = await fetchFolder({ uri }, await hub.stores());
    expect(weights.equals(await readFile(join(path, 'model.safetensors')))).toBe(true);
    const starts = hub.calls.filter(isWeights).map(({ range }) => Number(/\d+/.exec(range ?? '0')));
    expect(starts.length).toBeGreaterThan(3);
    expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
  });

  test('asks again where the hub has too much to do', async () => {
    const asked = new Set<string>();
    const hub = await hubWith({
      refuse({ path, range }) {
        const key = `${path} ${range ?? ''}`;
        if (asked.has(key)) return undefined;
        asked.add(key);
        return asked.size % 2 === 0 ? { status: 503 } : { status: 429, headers: { 'retry-after': '0' } };
      },
    });
    hub.commit('org/small-model', { files });
    const path = await fetchFolder({ uri }, await hub.stores());
    expect(weights.equals(await readFile(join(path, 'model.safetensors')))).toBe(true);
  });

  test('starts anew where what was kept of a file is spoilt', async () => {
    let held = true;
    const hub = await hubWith({ holdAfter: (call) => (held && isWeights(call) ? 5000 : undefined) });
    hub.commit('org/small-model', { files });
    const root = await hub.newRoot();
    const copy = copying(['fetch', uri, root], hub.environment);
    await expect.poll(() => sizeOfPart(root), { timeout: 20_000 }).toBe(5000);
    await copy.kill();
    const parts = (await readdir(join(root, 'work/stores'))).filter((name) => name.includes('.part-'));
    await writeFile(join(root, 'work/stores', parts[0]!), Buffer.alloc(5000));
    held = false;
    const path = await fetchFolder({ uri }, storesAt(root, hub.environment));
    expect(weights.equals(await readFile(join(path, 'model.safetensors')))).toBe(true);
  });
});

describe('what a hub does not give', () => {
  const pinned = 'sha256:0000000000000000000000000000000000000000000000000000000000000000';
  test.each([
    ['hf://org/none', {}, 'PermissionDenied', /private, gated or not there \(401\).*HF_TOKEN/],
    ['hf://org/private', {}, 'PermissionDenied', /private, gated or not there \(401\)/],
    ['hf://org/none', { HF_TOKEN: hubToken }, 'ModelIncompatible', /not there \(404\); check the name/],
    ['hf://org/gated', { HF_TOKEN: hubToken }, 'PermissionDenied', /is gated \(403\): accept its terms/],
    ['hf://org/good@none', {}, 'ModelIncompatible', /no such revision/],
    ['hf://org/good/none', {}, 'ModelIncompatible', /no such file at this revision/],
    ['hf://org/good/README.md', {}, 'ModelIncompatible', /is not a \.gguf file/],
    ['hf://org/pickle', {}, 'ModelIncompatible', /files that run code .*model\.safetensors/],
    ['hf://org/adapter', {}, 'ModelIncompatible', /holds an adapter alone/],
    ['hf://org/empty', {}, 'ModelIncompatible', /no model\.safetensors and no \.gguf/],
    ['hf://org/good', { WIKIGPT_COPY_LIMIT: '1Ki' }, 'InvalidSpec', /2022 bytes to copy and 1024 are allowed/],
    ['hf://org/good', { WIKIGPT_COPY_LIMIT: 'much' }, 'InvalidSpec', /a quantity such as 200Gi/],
    ['hf://org/good', { HF_ENDPOINT: 'hub' }, 'InvalidSpec', /HF_ENDPOINT is "hub"/],
    [
      'hf://org/good',
      { HF_ENDPOINT: 'http://127.0.0.1:9', WIKIGPT_COPY_ATTEMPTS: '2' },
      'TrainerFailed',
      /127\.0\.0\.1:9 did not answer/,
    ],
  ] as const)('%s with %o', async (address, environment, code, message) => {
    const hub = await hubWith();
    const small = { 'config.json': '{"model_type":"llama"}', 'model.safetensors': weights.subarray(0, 2000) };
    hub.commit('org/good', { files: { ...small, 'README.md': '' } });
    hub.commit('org/private', { files: small, access: 'Private' });
    hub.commit('org/gated', { files: small, access: 'Gated' });
    hub.commit('org/pickle', { files: { 'config.json': '{}', 'pytorch_model.bin': '' } });
    hub.commit('org/adapter', { files: { 'adapter_config.json': '{}', 'adapter_model.safetensors': '' } });
    hub.commit('org/empty', { files: { 'README.md': '' } });
    await expect(fetchModel({ uri: address }, await hub.stores(environment))).rejects.toMatchObject(
      refusal(code, message),
    );
  });

  test('bytes that are not those of the listing, or more of them', async () => {
    for (const [rewrite, message] of [
      [(content: Buffer) => Buffer.concat([content.subarray(1), Buffer.from('x')]), /is not what http/],
      [(content: Buffer) => Buffer.concat([content, content]), /is longer than the/],
    ] as const) {
      for (const server of ['hub', 'cdn'] as const) {
        const hub = await hubWith({
          rewrite: (call, content) => (call.server === server ? rewrite(content) : content),
        });
        hub.commit('org/small-model', { files });
        const stores = await hub.stores();
        await expect(fetchModel({ uri }, stores)).rejects.toMatchObject(refusal('DigestMismatch', message));
      }
    }
  });

  test.each(['../escaped.json', '/etc/escaped.json', '..\\escaped.json', 'a/../../escaped.json'])(
    'a file that is called %s',
    async (path) => {
      const hub = await hubWith({ rewriteList: (entries) => entries.map((entry) => ({ ...entry, path })) });
      hub.commit('org/small-model', { files });
      const stores = await hub.stores();
      await expect(fetchModel({ uri }, stores)).rejects.toMatchObject({
        code: expect.stringMatching(/InvalidSpec|ModelIncompatible/) as string,
      });
      expect((await readdir(stores.work, { recursive: true })).filter((name) => name.includes('escaped'))).toEqual([]);
    },
  );

  test('a server that redirects without end', async () => {
    const hub = await hubWith({
      refuse: ({ server, path }) => (server === 'cdn' ? { status: 302, headers: { location: path } } : undefined),
    });
    hub.commit('org/small-model', { files });
    await expect(fetchModel({ uri }, await hub.stores())).rejects.toMatchObject(
      refusal('InvalidSpec', /redirects more than 5 times/),
    );
  });

  test('another digest than the pinned one, and a place for results', async () => {
    const hub = await hubWith();
    hub.commit('org/small-model', { files });
    const stores = await hub.stores();
    await expect(fetchModel({ uri, digest: pinned }, stores)).rejects.toMatchObject(
      refusal('DigestMismatch', /is pinned/),
    );
    await expect(publishFolder({ uri }, stores, folder)).rejects.toMatchObject(
      refusal('InvalidSpec', /can only be read; publish to pvc:\/\/ or s3:\/\//),
    );
  });
});
