import { TrainerError } from '../errors.ts';
import type { MountedScheme } from './location.ts';

/** `file:///path`: a path of this machine, for the laptop; a cluster's operator lets no such address through. */
export const file: MountedScheme = {
  mount({ owner, uri }) {
    if (owner !== '')
      throw new TrainerError(
        'InvalidSpec',
        `"${uri}" needs three slashes and a whole path: file:///home/me/data.jsonl.`,
      );
    return '/';
  },
  below: ({ path }) => decodeURIComponent(path),
};
