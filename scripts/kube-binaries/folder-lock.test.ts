import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withFolderLock } from './folder-lock.ts';

let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wikigpt-lock-'));
  lock = path.join(folder, 'deeper/lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('lets one in at a time and tells the others whom they wait for', async () => {
  const happened: string[] = [];
  const waiting = (holder: string) => happened.push(`b waits for ${holder}`);
  let second: Promise<unknown> | undefined;
  await withFolderLock(lock, {
    waiting,
    work: async () => {
      second = withFolderLock(lock, { waiting, work: async () => happened.push('b in') });
      await new Promise((resolve) => setTimeout(resolve, 100));
      happened.push('a out');
    },
  });
  await second;
  expect(happened).toEqual([`b waits for ${process.pid}`, 'a out', 'b in']);
  expect(existsSync(lock)).toBe(false);
});

it('takes over from a process that is gone', async () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  mkdirSync(lock, { recursive: true });
  writeFileSync(path.join(lock, 'pid'), String(pid));
  const waiting = () => expect.unreachable('waited for a process that is gone');
  await expect(withFolderLock(lock, { work: async () => 'in', waiting })).resolves.toBe('in');
});

it('is free again after work that failed', async () => {
  const work = async () => Promise.reject(new Error('no'));
  await expect(withFolderLock(lock, { work, waiting: () => undefined })).rejects.toThrow('no');
  expect(existsSync(lock)).toBe(false);
});
