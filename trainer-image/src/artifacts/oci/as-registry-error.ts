import { TrainerError } from '../../errors.ts';
import { asCopyError } from '../as-copy-error.ts';
import { HttpRefusal } from '../http/open-url.ts';
import type { WhenMissing } from '../stores.ts';

/** Says what an answer of a registry, or its silence, means. */
export function asRegistryError(error: unknown, uri: string, missing: WhenMissing, signal: AbortSignal): TrainerError {
  const known = asCopyError(error, uri, signal);
  if (known) return known;
  const failure = (code: TrainerError['code'], sentence: string): TrainerError =>
    new TrainerError(code, `${uri} ${sentence}.`, { cause: error });
  if (!(error instanceof HttpRefusal))
    return failure(
      'TrainerFailed',
      `could not be read (${error instanceof Error ? error.message : String(error)}); check that a registry runs there`,
    );
  const { status } = error;
  if (status === 401 || status === 403)
    return failure(
      'PermissionDenied',
      `may not be read (${status}); make a Secret with kubectl create secret docker-registry and name it by secretRef`,
    );
  if (status === 404) return failure(missing, 'is not there (404); check the name and the tag');
  return failure('TrainerFailed', `could not be read: the registry answered with ${status}; run again later`);
}
