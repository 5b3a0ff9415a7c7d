import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { digestFolder, digestOf } from './digest.ts';
import { fetchFolder } from './fetch-folder.ts';
import { publishFolder } from './publish-folder.ts';
import type { MountedScheme } from './location.ts';
import { resolveExisting, resolveTarget, schemeOf } from './resolve.ts';
import { storesAt } from './stores.fixture.ts';

let root: string;
let claim: string;
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'artifacts-'));
  root = join(folder, 'pod');
  claim = join(folder, 'claims', 'models');
  await mkdir(join(root, 'mnt', 'pvc'), { recursive: true });
  await mkdir(claim, { recursive: true });
  await writeFile(join(folder, 'secret'), 'not yours');
  // A mount is a link on a laptop.
  await symlink(claim, join(root, 'mnt', 'pvc', 'models'));
});

const stores = () => storesAt(root);

/** Where an artifact of this address would be written. */
async function target(uri: string): Promise<string> {
  const { location, scheme } = schemeOf(uri);
  return resolveTarget(location, scheme as MountedScheme, root);
}

describe('an address', () => {
  test('becomes a path below its mount', async () => {
    await mkdir(join(claim, 'a', 'b'), { recursive: true });
    expect(await resolveExisting({ uri: 'pvc://models/a/b' }, stores(), 'ModelIncompatible')).toBe(
      join(claim, 'a', 'b'),
    );
    expect(await resolveExisting({ uri: 'pvc://models/a/b/' }, stores(), 'ModelIncompatible')).toBe(
      join(claim, 'a', 'b'),
    );
    expect(await resolveExisting({ uri: 'pvc://models' }, stores(), 'ModelIncompatible')).toBe(claim);
    expect(await target('pvc://models/new/deep/name')).toBe(join(claim, 'new', 'deep', 'name'));
  });

  test('of a ConfigMap follows the links that kubelet makes inside the mount', async () => {
    const mount = join(root, 'mnt', 'configmap', 'facts');
    await mkdir(join(mount, '..2026'), { recursive: true });
    await writeFile(join(mount, '..2026', 'qa.jsonl'), '');
    await symlink('..2026', join(mount, '..data'));
    await symlink(join('..data', 'qa.jsonl'), join(mount, 'qa.jsonl'));
    expect(await resolveExisting({ uri: 'configmap://facts/qa.jsonl' }, stores(), 'DataInvalid')).toMatch(
      /\.\.2026\/qa\.jsonl$/,
    );
  });

  test('of a file is a path of this machine', async () => {
    await writeFile(join(root, 'a b.jsonl'), '');
    const uri = `file://${join(root, 'a%20b.jsonl')}`;
    expect(await resolveExisting({ uri }, stores(), 'DataInvalid')).toBe(join(root, 'a b.jsonl'));
  });

  test.each([
    ['pvc://models/../secret', /leaves its volume/],
    ['pvc://models/a/../../../../etc/passwd', /leaves its volume/],
    ['pvc://models/..\\secret', /leaves its volume/],
    ['pvc://models//etc/passwd', /leaves its volume/],
    ['pvc://../secret', /name of a volume claim/],
    ['pvc:///secret', /name of a volume claim/],
    ['pvc://Models/a', /name of a volume claim/],
    ['configmap://a..b/c', /name of a ConfigMap/],
    ['file://etc/passwd', /three slashes/],
    ['oci:///model', /does not name an artifact/],
    ['oci://registry/Model', /does not name an artifact/],
    ['oci://registry/a/../b', /does not name an artifact/],
    ['ftp://host/model', /this release reads hf/],
    ['hf://model', /does not name a repository/],
    ['hf://datasets/org', /does not name a repository/],
    ['hf://../name', /does not name a repository/],
    ['hf://org/name@../main', /without "." and ".."/],
    ['hf://org/name@main/a/%2e%2e/b', /without "." and ".."/],
    ['hf://org/name@%', /begins no character/],
    ['s3://Bucket/a', /name of a bucket/],
    ['s3://models/../secret', /without "." and ".."/],
    ['s3://models', /needs a path below the bucket/],
    ['__proto__://a/b', /is not an address/],
    ['constructor://a/b', /this release reads hf/],
    ['models/a', /is not an address/],
    ['pvc://models/a\0b', /is not an address/],
  ])('%s is refused', async (uri, message) => {
    await expect(resolveExisting({ uri }, stores(), 'DataInvalid')).rejects.toThrow(message);
    await expect(publishFolder({ uri }, stores(), root)).rejects.toMatchObject({ code: 'InvalidSpec' });
  });

  test('does not leave its mount through a link', async () => {
    await symlink(join(claim, '..', '..'), join(claim, 'out'));
    await expect(resolveExisting({ uri: 'pvc://models/out/secret' }, stores(), 'DataInvalid')).rejects.toThrow(
      /through a link/,
    );
    await expect(target('pvc://models/out/new')).rejects.toThrow(/through a link/);
    await expect(target('pvc://models/out/new/deep')).rejects.toThrow(/through a link/);
  });

  test('of nothing says so with the code of who asks', async () => {
    await expect(resolveExisting({ uri: 'pvc://models/none' }, stores(), 'DataInvalid')).rejects.toMatchObject({
      code: 'DataInvalid',
      message: expect.stringMatching(/pvc:\/\/models\/none is not there/) as string,
    });
    await expect(target('pvc://other/a')).rejects.toThrow(/not mounted/);
  });
});

describe('publishing', () => {
  /** A finished folder. */
  async function finished(text: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'finished-'));
    await mkdir(join(folder, 'adapter'));
    await writeFile(join(folder, 'config.json'), text);
    await writeFile(join(folder, 'adapter', 'b'), 'b');
    return folder;
  }
  const uri = 'pvc://models/ns/name';
  const publish = (folder: string) => publishFolder({ uri }, stores(), folder);

  test('makes a folder whose digest the reader checks', async () => {
    const digest = await publish(await finished('{}'));
    const path = join(claim, 'ns', 'name');
    const sha = (text: string) => digestOf(text).slice(7);
    expect(digest).toBe(digestOf(`${sha('b')}  adapter/b\n${sha('{}')}  config.json\n`));
    expect(await fetchFolder({ uri, digest }, stores())).toBe(path);

    await writeFile(join(path, 'report.json'), '{"em": 0.7}');
    expect(await digestFolder(path)).toBe(digest);
    await writeFile(join(path, 'config.json'), '{"changed":1}');
    await expect(fetchFolder({ uri, digest }, stores())).rejects.toMatchObject({ code: 'DigestMismatch' });
  });

  test('leaves nothing behind when it fails, and what was there stays', async () => {
    await publish(await finished('old'));
    const folder = await finished('new');
    // A socket is nothing that can be copied.
    const socket = createServer().listen(join(folder, 'zz'));
    await once(socket, 'listening');
    await expect(publish(folder)).rejects.toThrow(/socket/i);
    socket.close();
    expect(await readdir(join(claim, 'ns'))).toEqual(['name']);
    expect(await readFile(join(claim, 'ns', 'name', 'config.json'), 'utf8')).toBe('old');
  });

  test('replaces an artifact, and clears what an interrupted try left', async () => {
    await publish(await finished('old'));
    await mkdir(join(claim, 'ns', 'name.partial'));
    await writeFile(join(claim, 'ns', 'name.partial', 'stale'), '');
    await publish(await finished('new'));
    expect(await readFile(join(claim, 'ns', 'name', 'config.json'), 'utf8')).toBe('new');
    expect(await readdir(join(claim, 'ns'))).toEqual(['name']);
  });

  test('refuses the volume itself as its place', async () => {
    const folder = await finished('x');
    await expect(publishFolder({ uri: 'pvc://models' }, stores(), folder)).rejects.toThrow(/needs a path below/);
  });
});

test('a model that is a file is refused', async () => {
  await writeFile(join(claim, 'model.bin'), '');
  await expect(fetchFolder({ uri: 'pvc://models/model.bin' }, stores())).rejects.toThrow(/is a file/);
});
