import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { OperatorError } from '../../errors.ts';
import { isRunning, processIdentity } from './process-identity.ts';

/** The process that writes to a folder, and how another one can ask it for changes. */
export interface LockHolder {
  readonly pid: number;
  readonly identity: string;
  readonly control?: { readonly url: string; readonly token: string };
}

export interface Lock {
  /** Tells other processes where the holder takes requests. */
  publish(control: { readonly url: string; readonly token: string }): void;
  release(): void;
}

/** Makes this process the only writer of the folder of `file`; throws AlreadyRunning when a living process is. */
export function takeLock(file: string): Lock {
  mkdirSync(path.dirname(file), { recursive: true });
  const mine: LockHolder = { pid: process.pid, identity: processIdentity(process.pid) ?? '' };
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, JSON.stringify(mine), { mode: 0o600 });
    claim(file, draft);
  } finally {
    rmSync(draft, { force: true });
  }
  return {
    publish: (control) => {
      writeFileSync(draft, JSON.stringify({ ...mine, control }), { mode: 0o600 });
      renameSync(draft, file);
    },
    release: () => {
      if (readLock(file)?.pid === process.pid) rmSync(file, { force: true });
    },
  };
}

/** The living process that holds the lock; undefined when none does. */
export function lockHolder(file: string): LockHolder | undefined {
  const holder = readLock(file);
  return holder && isRunning(holder.pid, holder.identity) ? holder : undefined;
}

/** A hard link appears whole or fails, so of two processes only one wins; what a dead one left is moved away first. */
function claim(file: string, draft: string): void {
  for (let attempt = 0; attempt < 10; attempt++) {
    try {
      linkSync(draft, file);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = lockHolder(file);
    if (holder) throw alreadyRunning(file, holder);
    removeStale(file);
  }
  throw new OperatorError('AlreadyRunning', `${file} is being taken by other processes. Try again.`);
}

function removeStale(file: string): void {
  const aside = `${file}.stale-${process.pid}`;
  try {
    renameSync(file, aside);
    // Another process may have taken the lock between the look and the move: then it is put back.
    const moved = readLock(aside);
    if (moved && isRunning(moved.pid, moved.identity)) linkSync(aside, file);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function alreadyRunning(file: string, holder: LockHolder): OperatorError {
  return new OperatorError(
    'AlreadyRunning',
    `Another wikigpt (process ${holder.pid}) works in ${path.dirname(file)}. Stop it with Ctrl-C in its terminal, or run in another folder.`,
  );
}

function readLock(file: string): LockHolder | undefined {
  try {
    const holder = JSON.parse(readFileSync(file, 'utf8')) as Partial<LockHolder>;
    return typeof holder.pid === 'number' && typeof holder.identity === 'string' ? (holder as LockHolder) : undefined;
  } catch {
    return undefined;
  }
}
