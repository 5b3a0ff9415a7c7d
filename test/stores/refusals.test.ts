import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchFolder } from '../../trainer-image/src/artifacts/fetch-folder.ts';
import { publishFolder } from '../../trainer-image/src/artifacts/publish-folder.ts';
import { resolveExisting } from '../../trainer-image/src/artifacts/resolve.ts';
import { storesAt } from '../../trainer-image/src/artifacts/stores.fixture.ts';
import { writeArtifact } from './artifact-folder.ts';
import { startS3Proxy } from './s3-proxy.ts';
import { startS3Server, withoutS3Server, type S3Server } from './s3-server.ts';

const uri = 's3://models/ns/name';
const refusal = (code: string, message: RegExp) => ({ code, message: expect.stringMatching(message) as string });

describe.skipIf(withoutS3Server)('what cannot be read or written', () => {
  let server: S3Server;
  let folder: string;
  let digest: string;
  beforeAll(async () => {
    server = await startS3Server();
    folder = await writeArtifact(await server.newFolder());
    digest = await publishFolder({ uri }, await stores(), folder);
  });
  afterAll(() => server.stop());

  const stores = async (environment: Record<string, string> = {}) =>
    storesAt(await server.newFolder(), { ...server.environment, ...environment });

  test('wrong credentials', async () => {
    const strangers = await stores({ AWS_SECRET_ACCESS_KEY: 'wrong' });
    const refused = refusal('PermissionDenied', /AWS_SECRET_ACCESS_KEY/);
    await expect(fetchFolder({ uri, digest }, strangers)).rejects.toMatchObject(refused);
    await expect(publishFolder({ uri }, strangers, folder)).rejects.toMatchObject(refused);
  });

  test('a bucket or a folder that is not there', async () => {
    const absent = 's3://no-such-bucket/a';
    await expect(fetchFolder({ uri: absent }, await stores())).rejects.toMatchObject(
      refusal('ModelIncompatible', /bucket does not exist/),
    );
    await expect(publishFolder({ uri: absent }, await stores(), folder)).rejects.toMatchObject(
      refusal('InvalidSpec', /bucket does not exist/),
    );
    await expect(fetchFolder({ uri: 's3://models/none' }, await stores())).rejects.toMatchObject(
      refusal('ModelIncompatible', /is not there/),
    );
    await expect(
      resolveExisting({ uri: 's3://models/none.jsonl' }, await stores(), 'DataInvalid'),
    ).rejects.toMatchObject(refusal('DataInvalid', /is not there/));
  });

  test('an endpoint where nobody listens', async () => {
    const nowhere = await stores({ AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9', AWS_MAX_ATTEMPTS: '2' });
    await expect(fetchFolder({ uri }, nowhere)).rejects.toMatchObject(
      refusal('TrainerFailed', /check AWS_ENDPOINT_URL_S3/),
    );
  });

  test('a digest that is another one, before a byte is copied', async () => {
    const pinned = await stores();
    await expect(fetchFolder({ uri, digest: `sha256:${'0'.repeat(64)}` }, pinned)).rejects.toMatchObject(
      refusal('DigestMismatch', /is pinned/),
    );
    await expect(readdir(pinned.work)).rejects.toThrow('ENOENT');
  });

  test('files that are not what the manifest says', async () => {
    const changed = 's3://models/changed';
    await publishFolder({ uri: changed }, await stores(), folder);
    const object = join(server.objects, 'changed/config.json');
    await writeFile(object, '{"model_type":"other"}');
    const reader = await stores();
    await expect(fetchFolder({ uri: changed }, reader)).rejects.toMatchObject(
      refusal('DigestMismatch', /an object is not what was written there/),
    );
    // A new object, which the store knows as it is.
    await rm(object);
    await writeFile(object, '{"model_type":"other"}');
    await expect(fetchFolder({ uri: changed }, reader)).rejects.toMatchObject(
      refusal('DigestMismatch', /config\.json is not what its manifest says/),
    );
    await writeFile(object, 'shorter');
    await expect(fetchFolder({ uri: changed }, reader)).rejects.toMatchObject(
      refusal('DigestMismatch', /should have 22 bytes and has 7/),
    );
    await rm(object);
    await expect(fetchFolder({ uri: changed }, reader)).rejects.toMatchObject(
      refusal('ModelIncompatible', /config\.json should have 22 bytes and is not there/),
    );
    const manifest = join(server.objects, 'changed/wikigpt-artifact.json');
    await rm(manifest);
    await writeFile(manifest, '{}');
    await expect(fetchFolder({ uri: changed }, reader)).rejects.toMatchObject(
      refusal('DigestMismatch', /wikigpt-artifact\.json/),
    );
    // The sentence says to publish again, and that helps.
    await publishFolder({ uri: changed }, await stores(), folder);
    await expect(fetchFolder({ uri: changed, digest }, await stores())).resolves.toBeTypeOf('string');
  });

  test('an artifact whose manifest is not written yet', async () => {
    const unfinished = 's3://models/unfinished';
    await publishFolder({ uri: unfinished }, await stores(), folder);
    await rm(join(server.objects, 'unfinished/wikigpt-artifact.json'));
    await expect(fetchFolder({ uri: unfinished }, await stores())).rejects.toMatchObject(
      refusal('ModelIncompatible', /is not finished/),
    );
    // Whoever names the digest says what is whole.
    await expect(fetchFolder({ uri: unfinished, digest }, await stores())).resolves.toBeTypeOf('string');
  });

  test.each(['../../../escaped', '/etc/escaped', 'a/../../escaped', '..\\escaped', 'config.json/escaped'])(
    'a key that reads %s',
    async (path) => {
      await publishFolder({ uri: 's3://models/keys' }, await stores(), folder);
      await rm(join(server.objects, 'keys/wikigpt-artifact.json'));
      await rm(join(server.objects, 'keys/wikigpt.json'), { force: true });
      const proxy = await startS3Proxy(server.port, {
        rewrite: (_call, body) => body.replace('<Key>keys/empty<', `<Key>keys/${path}<`),
      });
      const reader = await stores(proxy.environment);
      await expect(fetchFolder({ uri: 's3://models/keys' }, reader)).rejects.toMatchObject(
        refusal('InvalidSpec', /cannot be a file here/),
      );
      await expect(readdir(reader.work)).rejects.toThrow('ENOENT');
      await proxy.stop();
    },
  );
});
