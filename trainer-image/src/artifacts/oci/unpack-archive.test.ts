import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unpackArchive } from './unpack-archive.ts';

let folder: string;
let source: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archive-'));
  source = join(folder, 'source');
  await mkdir(join(source, 'model'), { recursive: true });
  await writeFile(join(source, 'model/config.json'), '{"model_type":"llama"}');
  await writeFile(join(source, 'model/model.safetensors'), Buffer.alloc(100_000, 7));
  await writeFile(join(source, 'model/run.py'), 'print()');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Packs with the tar of this machine. */
function pack(...args: readonly string[]): string {
  const archive = join(folder, 'a.tar');
  execFileSync('tar', ['-cf', archive, '-C', source, ...args]);
  return archive;
}

const unpack = (archive: string, room = 1_000_000) =>
  unpackArchive(archive, {
    uri: 'oci://registry/model',
    folder: join(folder, 'out'),
    room,
    wants: (path) => !path.endsWith('.py'),
    signal: new AbortController().signal,
  });
const written = async (): Promise<string[]> =>
  (await readdir(join(folder, 'out'), { recursive: true }).catch(() => [] as string[])).sort();

test.each([['.'], ['model'], ['-z', '.'], ['--format=pax', 'model'], ['--format=gnu', 'model']])(
  'unpacks what is wanted of tar %s',
  async (...args) => {
    const { files, bytes } = await unpack(pack(...args));
    expect(files.toSorted()).toEqual(['model/config.json', 'model/model.safetensors']);
    expect(bytes).toBe(100_022);
    expect(await written()).toEqual(['model', 'model/config.json', 'model/model.safetensors']);
    expect(await readFile(join(folder, 'out/model/config.json'), 'utf8')).toContain('llama');
  },
);

test.each([
  ['a way out', ['--transform=s,^model/config,../escaped,', 'model/config.json'], /"\.\.\/escaped\.json".*cannot be/],
  ['a whole path', ['-P', '--transform=s,^model,/tmp/escaped,', 'model/config.json'], /cannot be a file here/],
  ['a link', ['model/link.json'], /the link model\/link\.json; pack files/],
])('refuses %s', async (_what, args, message) => {
  await symlink('../../secret.json', join(source, 'model/link.json'));
  await expect(unpack(pack(...args))).rejects.toMatchObject({
    code: 'InvalidSpec',
    message: expect.stringMatching(message) as string,
  });
  expect(await written()).toEqual([]);
  expect(await readdir(folder)).not.toContain('escaped.json');
});

test('refuses what unpacks to more than there is room for, and what is cut', async () => {
  const small = pack('-z', 'model');
  await expect(unpack(small, 50_000)).rejects.toMatchObject({
    code: 'InvalidSpec',
    message: expect.stringMatching(/unpacks to more than 50000 bytes.*WIKIGPT_COPY_LIMIT/) as string,
  });
  const cut = pack('model');
  await truncate(cut, 60_000);
  await expect(unpack(cut)).rejects.toThrow(/unexpected end/i);
});
