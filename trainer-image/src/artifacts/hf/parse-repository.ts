import { TrainerError } from '../../errors.ts';
import type { Location } from '../location.ts';
import { isSafePath } from '../manifest.ts';

/** A place in a repository of a hub. */
export interface Repository {
  readonly type: 'model' | 'dataset';
  /** `org/name`. */
  readonly name: string;
  readonly revision: string;
  /** Folder or file in it; empty for all of it. */
  readonly path: string;
}

/** Reads `hf://org/name@revision/path` and `hf://datasets/org/name@revision/path`; fails with InvalidSpec. */
export function parseRepository({ uri, owner, path }: Location, revision: string | undefined): Repository {
  const isDataset = owner === 'datasets';
  const parts = `${isDataset ? '' : `${owner}/`}${path}`.replace(/\/+$/, '').split('/');
  const [organisation = '', named = '', ...below] = parts;
  const at = named.indexOf('@');
  const name = at < 0 ? named : named.slice(0, at);
  const written = at < 0 ? undefined : decode(named.slice(at + 1), uri);
  if (!isName(organisation) || !isName(name))
    throw new TrainerError(
      'InvalidSpec',
      `"${uri}" does not name a repository: write hf://org/name or hf://datasets/org/name, with @revision and /path behind it where they are needed.`,
    );
  if (written !== undefined && revision !== undefined && written !== revision)
    throw new TrainerError('InvalidSpec', `"${uri}" names one revision and revision: ${revision} another; keep one.`);
  const inside = decode(below.join('/'), uri);
  const chosen = written ?? revision ?? 'main';
  if (!isSafePath(chosen) || (inside !== '' && !isSafePath(inside)))
    throw new TrainerError('InvalidSpec', `"${uri}" needs a revision and a path without "." and "..".`);
  return { type: isDataset ? 'dataset' : 'model', name: `${organisation}/${name}`, revision: chosen, path: inside };
}

function isName(text: string): boolean {
  return /^[A-Za-z0-9][\w.-]{0,95}$/.test(text) && !text.includes('..');
}

function decode(text: string, uri: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new TrainerError('InvalidSpec', `"${uri}" has a % that begins no character; write %25 for it.`, { cause });
  }
}
