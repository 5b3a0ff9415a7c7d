import type { TrainerError } from '../../errors.ts';
import { asHttpError, type Meaning } from '../http/as-http-error.ts';
import type { HttpRefusal } from '../http/open-url.ts';
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
export function asHubError(error: unknown, call: HubCall): TrainerError {
  const { endpoint } = call;
  return asHttpError(error, call, {
    silent: (message) => `could not be read from ${endpoint} (${message}); check HF_ENDPOINT and that the hub runs`,
    refused: (refusal) => meaningOf(refusal, call),
  });
}

function meaningOf({ status, headers }: HttpRefusal, { endpoint, hasToken, missing }: HubCall): Meaning {
  const code = String(headers['x-error-code'] ?? '');
  // A hub tells strangers of what they may not see and of what is not there with the same answer.
  if (status === 401)
    return [
      'PermissionDenied',
      hasToken
        ? `was refused with the token in HF_TOKEN (401); make a new one that may read it, and check the name`
        : `is private, gated or not there (401); check the name, or put a token as HF_TOKEN into a Secret and name it by secretRef`,
    ];
  if (status === 403)
    return [
      'PermissionDenied',
      code === 'GatedRepo'
        ? `is gated (403): accept its terms on ${endpoint} with the account of HF_TOKEN`
        : `may not be read with this token (403); give the token of HF_TOKEN the right to read it`,
    ];
  if (status === 404) return [missing, absent[code] ?? 'is not there (404); check the name of the repository'];
  return [
    'TrainerFailed',
    `could not be read: ${endpoint} answered with ${status}; run again later, and check HF_ENDPOINT`,
  ];
}
