import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestFolder } from '../../trainer-image/src/artifacts/digest.ts';
import { fetchFolder } from '../../trainer-image/src/artifacts/fetch-folder.ts';
import { publishFolder } from '../../trainer-image/src/artifacts/publish-folder.ts';
import { storesAt } from '../../trainer-image/src/artifacts/stores.fixture.ts';
import { writeArtifact, largeBytes } from './artifact-folder.ts';
import { copying, sizeOfPart } from './copying.ts';
import { startS3Proxy, type Call } from './s3-proxy.ts';
import { startS3Server, withoutS3Server, type S3Server } from './s3-server.ts';

describe.skipIf(withoutS3Server)('a copy that is interrupted', () => {
  let server: S3Server;
  let folder: string;
  let digest: string;
  beforeAll(async () => {
    server = await startS3Server();
    folder = await writeArtifact(await server.newFolder());
    digest = await digestFolder(folder);
  });
  afterAll(() => server.stop());

  const isLarge = ({ method, path }: Call) => method === 'GET' && path.includes('model.safetensors');

  /** Uploads whose parts the server keeps: a folder for each object, and one in it for each upload. */
  async function unfinishedUploads(): Promise<number> {
    const folders = await readdir(join(server.objects, '.sgwtmp/multipart'), { recursive: true }).catch(() => []);
    return folders.filter((name) => name.split('/').length === 2).length;
  }

  test('an upload that was killed goes on with the files that are missing, and leaves no parts', async () => {
    const uri = 's3://models/killed-upload';
    const reached = Promise.withResolvers<void>();
    const proxy = await startS3Proxy(server.port, {
      refuse({ path }) {
        if (path.includes('partNumber=3')) reached.resolve();
        return undefined;
      },
    });
    const copy = copying(['publish', uri, await server.newFolder(), folder], {
      ...server.environment,
      ...proxy.environment,
    });
    await reached.promise;
    await copy.kill();
    await expect.poll(unfinishedUploads).toBe(1);
    const reader = () => server.newFolder().then((root) => storesAt(root, server.environment));
    await expect(fetchFolder({ uri }, await reader())).rejects.toMatchObject({ code: 'ModelIncompatible' });

    await server.kill();
    await server.start();
    const before = proxy.calls.length;
    const stores = storesAt(await server.newFolder(), { ...server.environment, ...proxy.environment });
    expect(await publishFolder({ uri }, stores, folder)).toBe(digest);
    const sent = proxy.calls.slice(before).filter(({ method }) => method === 'PUT');
    expect(sent.some(({ path }) => path.includes('model.safetensors'))).toBe(true);
    expect(sent.some(({ path }) => path.includes('config.json'))).toBe(false);
    expect(await unfinishedUploads()).toBe(0);
    expect(await digestFolder(await fetchFolder({ uri, digest }, await reader()))).toBe(digest);
    await proxy.stop();
  });

  test('an upload that fails takes its parts back', async () => {
    const uri = 's3://models/failed-upload';
    const proxy = await startS3Proxy(server.port, {
      refuse: ({ path }) => (path.includes('partNumber=3') ? 403 : undefined),
    });
    const stores = storesAt(await server.newFolder(), { ...server.environment, ...proxy.environment });
    await expect(publishFolder({ uri }, stores, folder)).rejects.toMatchObject({ code: 'PermissionDenied' });
    expect(await unfinishedUploads()).toBe(0);
    await proxy.stop();
  });

  test('a download that was killed goes on from its last byte', async () => {
    const uri = 's3://models/killed-download';
    await publishFolder({ uri }, storesAt(await server.newFolder(), server.environment), folder);
    const half = largeBytes / 2;
    const proxy = await startS3Proxy(server.port, { holdAfter: (call) => (isLarge(call) ? half : undefined) });
    const root = await server.newFolder();
    const copy = copying(['fetch', uri, root], { ...server.environment, ...proxy.environment });
    const cache = join(root, 'work/stores');
    while ((await sizeOfPart(root)) < half) await sleep(10);
    await copy.kill();
    await proxy.stop();

    await server.kill();
    await server.start();
    const second = await startS3Proxy(server.port);
    const stores = storesAt(root, { ...server.environment, ...second.environment });
    expect(await digestFolder(await fetchFolder({ uri, digest }, stores))).toBe(digest);
    expect(second.calls.filter(isLarge).map(({ range }) => range)).toEqual([`bytes=${half}-`]);
    expect(second.calls.some(({ method, path }) => method === 'GET' && path.includes('config.json'))).toBe(false);
    expect(await readdir(cache)).toHaveLength(1);
    await second.stop();
  });

  test('a connection that is lost again and again brings each byte once', async () => {
    const uri = 's3://models/cut';
    await publishFolder({ uri }, storesAt(await server.newFolder(), server.environment), folder);
    const proxy = await startS3Proxy(server.port, { cutAfter: (call) => (isLarge(call) ? largeBytes / 4 : undefined) });
    const stores = storesAt(await server.newFolder(), { ...server.environment, ...proxy.environment });
    expect(await digestFolder(await fetchFolder({ uri, digest }, stores))).toBe(digest);
    expect(proxy.calls.filter(isLarge).length).toBeGreaterThan(3);
    const starts = proxy.calls.filter(isLarge).map(({ range }) => Number(/\d+/.exec(range ?? '0')));
    expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
    await proxy.stop();
  });

  test('a server that goes away in the middle is waited for', async () => {
    const uri = 's3://models/away';
    const away = Promise.withResolvers<void>();
    const proxy = await startS3Proxy(server.port, {
      refuse({ path }) {
        if (path.includes('partNumber=2')) away.resolve();
        return undefined;
      },
    });
    const published = publishFolder(
      { uri },
      storesAt(await server.newFolder(), { ...server.environment, ...proxy.environment }),
      folder,
    );
    await away.promise;
    await server.kill();
    await sleep(300);
    await server.start();
    expect(await published).toBe(digest);
    await proxy.stop();
  });

  test('a server that refuses every other call is asked again', async () => {
    const uri = 's3://models/overloaded';
    const asked = new Set<string>();
    const proxy = await startS3Proxy(server.port, {
      refuse({ method, path, range }) {
        const key = `${method} ${path.replace(/uploadId=[^&]*/, '')} ${range ?? ''}`;
        return asked.delete(key) || !asked.add(key) ? undefined : 503;
      },
    });
    const stores = storesAt(await server.newFolder(), { ...server.environment, ...proxy.environment });
    expect(await publishFolder({ uri }, stores, folder)).toBe(digest);
    expect(await digestFolder(await fetchFolder({ uri, digest }, stores))).toBe(digest);
    await proxy.stop();
  });

  test('one that is stopped says so', async () => {
    const stop = new AbortController();
    const proxy = await startS3Proxy(server.port, {
      refuse({ path }) {
        if (path.includes('partNumber=1')) stop.abort();
        return undefined;
      },
    });
    const stores = {
      ...storesAt(await server.newFolder(), { ...server.environment, ...proxy.environment }),
      signal: stop.signal,
    };
    await expect(publishFolder({ uri: 's3://models/stopped' }, stores, folder)).rejects.toMatchObject({
      code: 'Cancelled',
    });
    await expect.poll(unfinishedUploads).toBe(0);
    await proxy.stop();
  });
});
