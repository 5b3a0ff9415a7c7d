import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestFolder, digestOf } from '../../trainer-image/src/artifacts/digest.ts';
import { fetchFolder } from '../../trainer-image/src/artifacts/fetch-folder.ts';
import { publishFolder } from '../../trainer-image/src/artifacts/publish-folder.ts';
import { resolveExisting } from '../../trainer-image/src/artifacts/resolve.ts';
import { storesAt } from '../../trainer-image/src/artifacts/stores.fixture.ts';
import { createAuthority, issueCertificate } from '../cluster/control-plane/certificates.ts';
import { writeArtifact } from './artifact-folder.ts';
import { startS3Proxy } from './s3-proxy.ts';
import { startS3Server, withoutS3Server, type S3Server } from './s3-server.ts';

describe.skipIf(withoutS3Server)('an artifact on an S3 server', () => {
  let server: S3Server;
  let proxy: Awaited<ReturnType<typeof startS3Proxy>>;
  let folder: string;
  beforeAll(async () => {
    server = await startS3Server();
    proxy = await startS3Proxy(server.port);
    folder = await writeArtifact(await server.newFolder());
  });
  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });

  const stores = async () => storesAt(await server.newFolder(), { ...server.environment, ...proxy.environment });
  const writes = () => proxy.calls.filter(({ method }) => method === 'PUT' || method === 'POST');
  const listed = async (path: string) => (await readdir(join(server.objects, path), { recursive: true })).sort();

  test('comes back as it was put there, in parts where it is large', async () => {
    const digest = await publishFolder({ uri: 's3://models/a/b/' }, await stores(), folder);
    expect(digest).toBe(await digestFolder(folder));
    expect(writes().filter(({ path }) => path.includes('partNumber='))).toHaveLength(3);
    // A reader that comes early must not take a part of it for the whole.
    expect(writes().at(0)?.path).toContain('wikigpt.json');
    expect(writes().at(-1)?.path).toContain('wikigpt-artifact.json');

    const reader = await stores();
    const copy = await fetchFolder({ uri: 's3://models/a/b', digest }, reader);
    expect(await digestFolder(copy)).toBe(digest);
    expect((await readdir(copy, { recursive: true })).sort()).toEqual([
      'adapter',
      'adapter/a name 中文.txt',
      'config.json',
      'empty',
      'model.safetensors',
      'wikigpt.json',
    ]);
    const before = proxy.calls.length;
    expect(await fetchFolder({ uri: 's3://models/a/b', digest }, reader)).toBe(copy);
    expect(proxy.calls.slice(before).some(({ path }) => path.includes('model.safetensors'))).toBe(false);
  });

  test('is not sent again when the same is published again', async () => {
    await publishFolder({ uri: 's3://models/again' }, await stores(), folder);
    const before = writes().length;
    await publishFolder({ uri: 's3://models/again' }, await stores(), folder);
    expect(
      writes()
        .slice(before)
        .map(({ path }) => path.split('?')[0]),
    ).toEqual(['/models/again/wikigpt-artifact.json']);
  });

  test('gives way to another one whole', async () => {
    await publishFolder({ uri: 's3://models/other' }, await stores(), folder);
    const second = await writeArtifact(await server.newFolder(), 2);
    await rename(join(second, 'config.json'), join(second, 'generation_config.json'));
    const digest = await publishFolder({ uri: 's3://models/other' }, await stores(), second);
    expect(await listed('other')).toContain('generation_config.json');
    expect(await listed('other')).not.toContain('config.json');
    const copy = await fetchFolder({ uri: 's3://models/other', digest }, await stores());
    expect(await digestFolder(copy)).toBe(digest);
  });

  test('takes credentials and endpoint from a mounted Secret', async () => {
    const root = await server.newFolder();
    const mount = join(root, 'var/run/secrets/wikigpt-stores/minio');
    await mkdir(mount, { recursive: true });
    for (const [key, value] of Object.entries(server.environment)) await writeFile(join(mount, key), `${value}\n`);
    const target = { uri: 's3://models/by-secret', secretRef: { name: 'minio' } };
    const digest = await publishFolder(target, storesAt(root, { AWS_ACCESS_KEY_ID: 'other' }), folder);
    await expect(fetchFolder({ ...target, digest }, storesAt(root))).resolves.toContain(root);
    await expect(fetchFolder({ ...target, secretRef: { name: 'none' } }, storesAt(root))).rejects.toMatchObject({
      code: 'PermissionDenied',
    });
  });

  test('may be a folder or a file that other programs put there', async () => {
    await cp(folder, join(server.objects, 'theirs'), { recursive: true });
    await rm(join(server.objects, 'theirs/wikigpt.json'));
    const copy = await fetchFolder({ uri: 's3://models/theirs' }, await stores());
    expect(await readFile(join(copy, 'config.json'), 'utf8')).toContain('llama');

    await mkdir(join(server.objects, 'data'));
    await writeFile(join(server.objects, 'data/qa.jsonl'), '{"question":"a","answer":"b"}\n');
    const records = await resolveExisting({ uri: 's3://models/data/qa.jsonl' }, await stores(), 'DataInvalid');
    expect(digestOf(await readFile(records))).toBe(digestOf('{"question":"a","answer":"b"}\n'));
    const whole = await resolveExisting({ uri: 's3://models/data' }, await stores(), 'DataInvalid');
    expect(await readdir(whole)).toEqual(['qa.jsonl']);
  });
});

describe.skipIf(withoutS3Server)('a store with a certificate of its own', () => {
  test('is trusted by the authority in its Secret, and by no other', async () => {
    const now = new Date();
    const authority = createAuthority('authority', now);
    const server = await startS3Server(issueCertificate(authority, { commonName: 'store', names: ['127.0.0.1'] }, now));
    const folder = await server.newFolder();
    await writeFile(join(folder, 'config.json'), '{}');
    const root = await server.newFolder();
    const target = { uri: 's3://models/safe', secretRef: { name: 'store' } };
    const mount = join(root, 'var/run/secrets/wikigpt-stores/store');
    await mkdir(mount, { recursive: true });
    const stores = storesAt(root, { ...server.environment });
    await expect(publishFolder(target, stores, folder)).rejects.toThrow(/certificate is not trusted.*ca\.crt/);
    await writeFile(join(mount, 'ca.crt'), authority.certificate);
    await expect(publishFolder(target, stores, folder)).resolves.toBe(await digestFolder(folder));
    await server.stop();
  });
});
