import { TrainerError, type TrainerErrorCode } from '../../errors.ts';
import { asCopyError } from '../as-copy-error.ts';

interface StoreAnswer {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const refusals = new Set([
  'AccessDenied',
  'CredentialsProviderError',
  'ExpiredToken',
  'Forbidden',
  'InvalidAccessKeyId',
  'InvalidToken',
  'SignatureDoesNotMatch',
]);
const elsewhere = new Set(['AuthorizationHeaderMalformed', 'PermanentRedirect', 'IllegalLocationConstraintException']);

/** Says what an answer of a store, or its silence, means; `missing` is the code for a bucket that does not exist. */
export function asStoreError(
  error: unknown,
  uri: string,
  missing: TrainerErrorCode,
  signal: AbortSignal,
): TrainerError {
  const known = asCopyError(error, uri, signal);
  if (known) return known;
  const failure = (code: TrainerErrorCode, sentence: string): TrainerError =>
    new TrainerError(code, `${uri}: ${sentence}.`, { cause: error });
  const { name = '', code, message = '', $metadata } = error as StoreAnswer;
  const status = $metadata?.httpStatusCode;
  if (name === 'NoSuchBucket') return failure(missing, 'the bucket does not exist; create it or correct the address');
  if (refusals.has(name) || status === 401 || status === 403)
    return failure(
      'PermissionDenied',
      `the store refused (${name}: ${message}); check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what they may do, in secretRef or pod.env`,
    );
  if (elsewhere.has(name) || status === 301)
    return failure('InvalidSpec', `the bucket is in another region (${message}); set AWS_REGION to it`);
  // The SDK compares what comes with the checksum that the store keeps.
  if (message.startsWith('Checksum mismatch'))
    return failure('DigestMismatch', `an object is not what was written there (${message}); publish it again`);
  if (status === 412) return failure('TrainerFailed', 'it was changed while it was read; run again');
  return failure(
    'TrainerFailed',
    `the store did not do what it was asked (${[name, code, status, message].filter((part) => part !== undefined && part !== '').join(' ')}); check AWS_ENDPOINT_URL_S3 and that the store runs`,
  );
}
