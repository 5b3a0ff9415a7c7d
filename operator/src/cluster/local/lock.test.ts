import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { lockHolder, takeLock } from './lock.ts';
import { processIdentity } from './process-identity.ts';

const newFile = () => path.join(mkdtempSync(path.join(tmpdir(), 'wikigpt-lock-')), 'lock.json');

test('the second who wants the folder is told who has it and what to do', () => {
  const file = newFile();
  const lock = takeLock(file);
  expect(() => takeLock(file)).toThrow(
    `Another wikigpt (process ${process.pid}) works in ${path.dirname(file)}. Stop it with Ctrl-C`,
  );
  lock.release();
  takeLock(file).release();
  expect(readdirSync(path.dirname(file))).toEqual([]);
});

test('a lock that a dead process left is taken over, also when its number was given to another process', () => {
  const file = newFile();
  const identity = processIdentity(process.pid) ?? '';
  for (const left of [
    { pid: 2 ** 30, identity },
    { pid: process.pid, identity: `${identity}-older` },
    'not even JSON',
  ]) {
    writeFileSync(file, JSON.stringify(left));
    expect(lockHolder(file)).toBeUndefined();
    takeLock(file).release();
  }
});

test('the holder says where it takes requests, to its own user alone', () => {
  const file = newFile();
  const lock = takeLock(file);
  lock.publish({ url: 'http://127.0.0.1:1', token: 'secret' });
  expect(lockHolder(file)?.control).toEqual({ url: 'http://127.0.0.1:1', token: 'secret' });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: process.pid });
  lock.release();
});
