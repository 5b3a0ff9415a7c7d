import { TrainerError } from '../../errors.ts';
import { asCopyError } from '../as-copy-error.ts';
import { HttpRefusal } from '../http/open-url.ts';
import type { WhenMissing } from '../stores.ts';

/** What is known of a call to a hub that failed. */
export interface HubCall {
  readonly uri: string;
  readonly endpoint: string;
  readonly hasToken: boolean;
  readonly missing: WhenMissing;
  readonly signal: AbortSignal;
}

const absent: Readonly<Record<string, string>> = {
  RevisionNotFound: 'has no such revision; check the branch, tag or commit',
  EntryNotFound: 'has no such file at this revision; check the path',
};

/** Says what an answer of a hub, or its silence, means. */
export function asHubError(error: unknown, { uri, endpoint, hasToken, missing, signal }: HubCall): TrainerError {
  const known = asCopyError(error, uri, signal);
  if (known) return known;
  const failure = (code: TrainerError['code'], sentence: string): TrainerError =>
    new TrainerError(code, `${uri} ${sentence}.`, { cause: error });
  if (!(error instanceof HttpRefusal))
    return failure(
      'TrainerFailed',
      `could not be read from ${endpoint} (${error instanceof Error ? error.message : String(error)}); check HF_ENDPOINT and that the hub runs`,
    );
  const { status, headers } = error;
  const code = String(headers['x-error-code'] ?? '');
  // A hub tells strangers of what they may not see and of what is not there with the same answer.
  if (status === 401)
    return failure(
      'PermissionDenied',
      hasToken
        ? `was refused with the token in HF_TOKEN (401); make a new one that may read it, and check the name`
        : `is private, gated or not there (401); check the name, or put a token as HF_TOKEN into a Secret and name it by secretRef`,
    );
  if (status === 403)
    return failure(
      'PermissionDenied',
      code === 'GatedRepo'
        ? `is gated (403): accept its terms on ${endpoint} with the account of HF_TOKEN`
        : `may not be read with this token (403); give the token of HF_TOKEN the right to read it`,
    );
  if (status === 404) return failure(missing, absent[code] ?? 'is not there (404); check the name of the repository');
  return failure(
    'TrainerFailed',
    `could not be read: ${endpoint} answered with ${status}; run again later, and check HF_ENDPOINT`,
  );
}
