import type { TrainerError } from '../../errors.ts';
import { asHttpError } from '../http/as-http-error.ts';
import type { WhenMissing } from '../stores.ts';

/** Says what an answer of a registry, or its silence, means. */
export function asRegistryError(error: unknown, uri: string, missing: WhenMissing, signal: AbortSignal): TrainerError {
  return asHttpError(
    error,
    { uri, signal },
    {
      silent: (message) => `could not be read (${message}); check that a registry runs there`,
      refused({ status }) {
        if (status === 401 || status === 403)
          return [
            'PermissionDenied',
            `may not be read (${status}); make a Secret with kubectl create secret docker-registry and name it by secretRef`,
          ];
        if (status === 404) return [missing, 'is not there (404); check the name and the tag'];
        return ['TrainerFailed', `could not be read: the registry answered with ${status}; run again later`];
      },
    },
  );
}
