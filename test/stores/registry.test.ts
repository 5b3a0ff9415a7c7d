import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { fetchModel } from '../../trainer-image/src/artifacts/fetch-folder.ts';
import { publishFolder } from '../../trainer-image/src/artifacts/publish-folder.ts';
import { resolveExisting } from '../../trainer-image/src/artifacts/resolve.ts';
import { storesAt } from '../../trainer-image/src/artifacts/stores.fixture.ts';
import { bytesOf } from './artifact-folder.ts';
import { copying, sizeOfPart } from './copying.ts';
import { startRegistryServer, withoutRegistry, type RegistryServer } from './registry-server.ts';
import { startS3Proxy, type Call } from './s3-proxy.ts';
import { startTokenServer } from './token-server.ts';

const weights = bytesOf(2 ** 20);
const refusal = (code: string, message: RegExp) => ({ code, message: expect.stringMatching(message) as string });
const basic = `Basic ${Buffer.from('reader:not-a-secret').toString('base64')}`;
const names = ['config.json', 'model.safetensors', 'tokenizer.json'];

/** A folder with a model and with files that are not read. */
async function modelFolder(server: RegistryServer): Promise<string> {
  const folder = await server.newFolder();
  await writeFile(join(folder, 'config.json'), '{"model_type":"llama"}');
  await writeFile(join(folder, 'tokenizer.json'), '{}');
  await writeFile(join(folder, 'model.safetensors'), weights);
  await writeFile(join(folder, 'pytorch_model.bin'), 'a pickle');
  await writeFile(join(folder, 'run.py'), 'print()');
  return folder;
}

const all = [...names, 'pytorch_model.bin', 'run.py'];

describe.skipIf(withoutRegistry)('an artifact of a registry', () => {
  let server: RegistryServer;
  let folder: string;
  beforeAll(async () => {
    server = await startRegistryServer();
    folder = await modelFolder(server);
  });
  afterAll(() => server.stop());

  const stores = async (environment = {}) => storesAt(await server.newFolder(), environment);
  const push = async (reference: string, cwd: string, ...files: readonly string[]) =>
    server.oras(cwd, 'push', '--plain-http', `${server.host}/${reference}`, ...files);
  const digestOfTag = async (reference: string) =>
    (await server.oras(folder, 'resolve', '--plain-http', `${server.host}/${reference}`)).trim();

  async function expectModel(path: string): Promise<void> {
    expect((await readdir(path)).sort()).toEqual(names);
    expect(weights.equals(await readFile(join(path, 'model.safetensors')))).toBe(true);
  }

  test('that oras pushed file by file is a model, without what could run', async () => {
    await push('team/files:v1', folder, ...all);
    const found = await fetchModel({ uri: `oci://${server.host}/team/files:v1` }, await stores());
    expect(found.uri).toBe(`oci://${server.host}/team/files@${await digestOfTag('team/files:v1')}`);
    await expectModel(found.path);
    await expectModel((await fetchModel({ uri: found.uri }, await stores())).path);
  });

  test('that oras pushed as a folder is one, too', async () => {
    const parent = await server.newFolder();
    await mkdir(join(parent, 'model'));
    for (const name of all) await writeFile(join(parent, 'model', name), await readFile(join(folder, name)));
    await push('team/folder:v1', parent, 'model');
    const container = await stores();
    const { path } = await fetchModel({ uri: `oci://${server.host}/team/folder:v1` }, container);
    await expectModel(path);
    expect(await fetchModel({ uri: `oci://${server.host}/team/folder:v1` }, container)).toMatchObject({ path });
    const left = (await readdir(dirname(path))).filter((name) => !name.endsWith('.resolved.json'));
    expect(left).toHaveLength(1);
  });

  test('whose layers are called as the model spec of the CNCF and as Docker have it', async () => {
    const blob = async (content: Buffer | string) => {
      const file = join(await server.newFolder(), 'blob');
      await writeFile(file, content);
      const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
      await server.oras(dirname(file), 'blob', 'push', '--plain-http', `${server.host}/team/spec@${digest}`, 'blob');
      return { digest, size: Buffer.byteLength(content) };
    };
    const manifest = async (tag: string, layers: readonly object[]) => {
      const file = join(await server.newFolder(), 'manifest.json');
      const config = { mediaType: 'application/vnd.cncf.model.config.v1+json', ...(await blob('{}')) };
      const mediaType = 'application/vnd.oci.image.manifest.v1+json';
      await writeFile(file, JSON.stringify({ schemaVersion: 2, mediaType, config, layers }));
      const reference = `${server.host}/team/spec:${tag}`;
      await server.oras(dirname(file), 'manifest', 'push', '--plain-http', reference, 'manifest.json');
      return `oci://${reference}`;
    };
    const cncf = await manifest(
      'cncf',
      await Promise.all(
        names.map(async (name) => ({
          mediaType: 'application/vnd.cncf.model.weight.v1.raw',
          annotations: { 'org.cncf.model.filepath': `small/${name}` },
          ...(await blob(await readFile(join(folder, name)))),
        })),
      ),
    );
    await expectModel((await fetchModel({ uri: cncf }, await stores())).path);
    const docker = await manifest('docker', [
      { mediaType: 'application/vnd.docker.ai.gguf.v3', ...(await blob('GGUF')) },
      { mediaType: 'application/vnd.docker.ai.license', ...(await blob('A licence')) },
    ]);
    const path = await resolveExisting({ uri: docker }, await stores(), 'ModelIncompatible');
    expect(await readFile(path, 'utf8')).toBe('GGUF');
    const escaping = await manifest('escaping', [
      {
        mediaType: 'application/octet-stream',
        annotations: { 'org.opencontainers.image.title': '../config.json' },
        ...(await blob('{}')),
      },
    ]);
    await expect(fetchModel({ uri: escaping }, await stores())).rejects.toMatchObject(
      refusal('InvalidSpec', /cannot be a file here/),
    );
  });

  test('may hold records', async () => {
    const data = await server.newFolder();
    await writeFile(join(data, 'qa.jsonl'), '{}');
    await push('team/data', data, 'qa.jsonl');
    const uri = `oci://${server.host}/team/data`;
    await expect(resolveExisting({ uri }, await stores(), 'DataInvalid')).rejects.toMatchObject(
      refusal('DataInvalid', /is not there \(404\)/),
    );
    await push('team/data:latest', data, 'qa.jsonl');
    expect(await readdir(await resolveExisting({ uri }, await stores(), 'DataInvalid'))).toEqual(['qa.jsonl']);
  });

  test('goes on from its last byte after kill -9, though the tag has moved', async () => {
    await push('team/moving:v1', folder, ...all);
    const half = weights.length / 2;
    const layer = createHash('sha256').update(weights).digest('hex');
    const isWeights = ({ path }: Call) => path.endsWith(`sha256:${layer}`);
    let held = true;
    const proxy = await startS3Proxy(server.port, {
      holdAfter: (call) => (held && isWeights(call) ? half : undefined),
    });
    onTestFinished(() => proxy.stop());
    const uri = `oci://${new URL(proxy.environment.AWS_ENDPOINT_URL_S3).host}/team/moving:v1`;
    const root = await server.newFolder();
    const copy = copying(['fetch', uri, root], {});
    await expect.poll(() => sizeOfPart(root), { timeout: 20_000 }).toBe(half);
    await copy.kill();
    held = false;
    const digest = await digestOfTag('team/moving:v1');
    await push('team/moving:v1', folder, 'config.json');
    const before = proxy.calls.length;
    const found = await fetchModel({ uri }, storesAt(root));
    expect(found.uri.endsWith(digest)).toBe(true);
    await expectModel(found.path);
    const blobs = proxy.calls.slice(before).filter(({ path }) => path.includes('/blobs/'));
    expect(blobs.filter(isWeights).map(({ range }) => range)).toEqual([`bytes=${half}-`]);
  });

  test('is refused when it is none, or is not there', async () => {
    await push('team/pickle:v1', folder, 'config.json', 'pytorch_model.bin');
    const read = async (path: string, environment = {}) =>
      fetchModel({ uri: `oci://${server.host}/${path}` }, await stores(environment));
    await expect(read('team/pickle:v1')).rejects.toMatchObject(refusal('ModelIncompatible', /files that run code/));
    await expect(read('team/none')).rejects.toMatchObject(refusal('ModelIncompatible', /not there \(404\)/));
    await expect(read('Team/Upper')).rejects.toMatchObject(refusal('InvalidSpec', /write oci:\/\/registry\/name:tag/));
    await push('team/large:v1', folder, ...all);
    await expect(read('team/large:v1', { WIKIGPT_COPY_LIMIT: '1Ki' })).rejects.toMatchObject(
      refusal('InvalidSpec', /1024 are allowed/),
    );
    await expect(publishFolder({ uri: `oci://${server.host}/team/new` }, await stores(), folder)).rejects.toMatchObject(
      refusal('InvalidSpec', /can only be read/),
    );
  });
});

describe.skipIf(withoutRegistry)('a registry that wants to know who asks', () => {
  const htpasswd = async (folder: string) => {
    const path = join(folder, 'htpasswd');
    await writeFile(path, 'reader:$2b$05$abcdefghijklmnopqrstuuVPNOToLP9MHdthRCXkVoiIF0qNKnk2G\n');
    return { htpasswd: { realm: 'registry', path } };
  };

  async function readBySecret(server: RegistryServer) {
    const folder = await modelFolder(server);
    const login = ['-u', 'reader', '-p', 'not-a-secret'];
    await server.oras(folder, 'push', '--plain-http', ...login, `${server.host}/team/model:v1`, ...names);
    const root = await server.newFolder();
    const secret = join(root, 'var/run/secrets/wikigpt-stores/pull');
    await mkdir(secret, { recursive: true });
    const auth = basic.split(' ')[1];
    await writeFile(join(secret, '.dockerconfigjson'), JSON.stringify({ auths: { [server.host]: { auth } } }));
    const uri = `oci://${server.host}/team/model:v1`;
    for (const environment of [{}, { OCI_USERNAME: 'reader', OCI_PASSWORD: 'wrong' }])
      await expect(fetchModel({ uri }, storesAt(await server.newFolder(), environment))).rejects.toMatchObject(
        refusal('PermissionDenied', /401.*docker-registry/),
      );
    const { path } = await fetchModel({ uri, secretRef: { name: 'pull' } }, storesAt(root));
    return (await readdir(path)).sort();
  }

  test('by a password is told it from the Secret of kubectl create secret docker-registry', async () => {
    const server = await startRegistryServer(htpasswd);
    onTestFinished(() => server.stop());
    expect(await readBySecret(server)).toEqual(names);
  });

  test('by a token sends us to where tokens are given', async () => {
    const tokens = await startTokenServer(basic);
    onTestFinished(() => tokens.stop());
    const server = await startRegistryServer(tokens.auth);
    onTestFinished(() => server.stop());
    expect(await readBySecret(server)).toEqual(names);
    expect(tokens.calls.at(-1)).toBe('the-registry repository:team/model:pull');
  });
});
