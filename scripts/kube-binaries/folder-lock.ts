import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

const pollMs = 500;
// Between making its folder and writing its process id a holder needs milliseconds.
const unsignedMs = 10_000;

/**
 * Runs `work` while no other process does so with the same `lock` folder; one whose process is gone is taken over.
 */
export async function withFolderLock<Result>(
  lock: string,
  { work, waiting }: { readonly work: () => Promise<Result>; readonly waiting: (holder: string) => void },
): Promise<Result> {
  await mkdir(path.dirname(lock), { recursive: true });
  for (let announced = false; !(await take(lock));) {
    const holder = await holderOf(lock);
    if (await isAbandoned(lock, holder)) {
      await rm(lock, { recursive: true, force: true });
      continue;
    }
    if (!announced && holder !== '') {
      waiting(holder);
      announced = true;
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  try {
    return await work();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  await writeFile(path.join(lock, 'pid'), String(process.pid));
  return true;
}

async function holderOf(lock: string): Promise<string> {
  return readFile(path.join(lock, 'pid'), 'utf8').catch(() => '');
}

async function isAbandoned(lock: string, holder: string): Promise<boolean> {
  if (holder === '') {
    const made = await stat(lock).catch(() => undefined);
    return made !== undefined && Date.now() - made.mtimeMs > unsignedMs;
  }
  try {
    process.kill(Number(holder), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
