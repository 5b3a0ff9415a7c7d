import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { digestFolder, digestOf } from './digest.ts';
import { fetchFolder } from './fetch-folder.ts';
import { publishFolder } from './publish-folder.ts';
import { resolveExisting, resolveTarget } from './resolve.ts';

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

describe('an address', () => {
  test('becomes a path below its mount', async () => {
    await mkdir(join(claim, 'a', 'b'), { recursive: true });
    expect(await resolveExisting('pvc://models/a/b', root, 'ModelIncompatible')).toBe(join(claim, 'a', 'b'));
    expect(await resolveExisting('pvc://models/a/b/', root, 'ModelIncompatible')).toBe(join(claim, 'a', 'b'));
    expect(await resolveExisting('pvc://models', root, 'ModelIncompatible')).toBe(claim);
    expect(await resolveTarget('pvc://models/new/deep/name', root)).toBe(join(claim, 'new', 'deep', 'name'));
  });

  test('of a ConfigMap follows the links that kubelet makes inside the mount', async () => {
    const mount = join(root, 'mnt', 'configmap', 'facts');
    await mkdir(join(mount, '..2026'), { recursive: true });
    await writeFile(join(mount, '..2026', 'qa.jsonl'), '');
    await symlink('..2026', join(mount, '..data'));
    await symlink(join('..data', 'qa.jsonl'), join(mount, 'qa.jsonl'));
    expect(await resolveExisting('configmap://facts/qa.jsonl', root, 'DataInvalid')).toMatch(/\.\.2026\/qa\.jsonl$/);
  });

  test('of a file is a path of this machine', async () => {
    await writeFile(join(root, 'a b.jsonl'), '');
    const uri = `file://${join(root, 'a%20b.jsonl')}`;
    expect(await resolveExisting(uri, root, 'DataInvalid')).toBe(join(root, 'a b.jsonl'));
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
    ['hf://org/model', /this release reads pvc/],
    ['__proto__://a/b', /is not an address/],
    ['constructor://a/b', /this release reads pvc/],
    ['models/a', /is not an address/],
    ['pvc://models/a\0b', /is not an address/],
  ])('%s is refused', async (uri, message) => {
    await expect(resolveExisting(uri, root, 'DataInvalid')).rejects.toThrow(message);
    await expect(resolveTarget(uri, root)).rejects.toMatchObject({ code: 'InvalidSpec' });
  });

  test('does not leave its mount through a link', async () => {
    await symlink(join(claim, '..', '..'), join(claim, 'out'));
    await expect(resolveExisting('pvc://models/out/secret', root, 'DataInvalid')).rejects.toThrow(/through a link/);
    await expect(resolveTarget('pvc://models/out/new', root)).rejects.toThrow(/through a link/);
    await expect(resolveTarget('pvc://models/out/new/deep', root)).rejects.toThrow(/through a link/);
  });

  test('of nothing says so with the code of who asks', async () => {
    await expect(resolveExisting('pvc://models/none', root, 'DataInvalid')).rejects.toMatchObject({
      code: 'DataInvalid',
      message: expect.stringMatching(/pvc:\/\/models\/none is not there/) as string,
    });
    await expect(resolveTarget('pvc://other/a', root)).rejects.toThrow(/not mounted/);
  });
});

describe('publishing', () => {
  const write = (text: string) => async (folder: string) => {
    await mkdir(join(folder, 'adapter'));
    await writeFile(join(folder, 'config.json'), text);
    await writeFile(join(folder, 'adapter', 'b'), 'b');
  };

  test('makes a folder whose digest the reader checks', async () => {
    const uri = 'pvc://models/ns/name/1234';
    const { path, digest } = await publishFolder(uri, root, write('{}'));
    expect(path).toBe(join(claim, 'ns', 'name', '1234'));
    const sha = (text: string) => digestOf(text).slice(7);
    expect(digest).toBe(digestOf(`${sha('b')}  adapter/b\n${sha('{}')}  config.json\n`));
    expect(await fetchFolder({ uri, digest }, root)).toBe(path);

    await writeFile(join(path, 'report.json'), '{"em": 0.7}');
    expect(await digestFolder(path)).toBe(digest);
    await writeFile(join(path, 'config.json'), '{"changed":1}');
    await expect(fetchFolder({ uri, digest }, root)).rejects.toMatchObject({ code: 'DigestMismatch' });
  });

  test('leaves nothing behind when it fails, and what was there stays', async () => {
    const uri = 'pvc://models/ns/name';
    await publishFolder(uri, root, write('old'));
    const failing = async (folder: string) => {
      await writeFile(join(folder, 'config.json'), 'new');
      throw new Error('disk gone');
    };
    await expect(publishFolder(uri, root, failing)).rejects.toThrow('disk gone');
    expect(await readdir(join(claim, 'ns'))).toEqual(['name']);
    expect(await readFile(join(claim, 'ns', 'name', 'config.json'), 'utf8')).toBe('old');
  });

  test('replaces an artifact, and clears what an interrupted try left', async () => {
    const uri = 'pvc://models/ns/name';
    await publishFolder(uri, root, write('old'));
    await mkdir(join(claim, 'ns', 'name.partial'));
    await writeFile(join(claim, 'ns', 'name.partial', 'stale'), '');
    const { path } = await publishFolder(uri, root, write('new'));
    expect(await readFile(join(path, 'config.json'), 'utf8')).toBe('new');
    expect(await readdir(join(claim, 'ns'))).toEqual(['name']);
  });

  test('refuses the volume itself as its place', async () => {
    await expect(publishFolder('pvc://models', root, write('x'))).rejects.toThrow(/needs a path below/);
  });
});

test('a model that is a file is refused', async () => {
  await writeFile(join(claim, 'model.bin'), '');
  await expect(fetchFolder({ uri: 'pvc://models/model.bin' }, root)).rejects.toThrow(/is a file/);
});
