import { asTrainerError, TrainerError, type TrainerErrorCode } from '../../errors.ts';

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
  if (error instanceof TrainerError) return error;
  const failure = (code: TrainerErrorCode, sentence: string): TrainerError =>
    new TrainerError(code, `${uri}: ${sentence}.`, { cause: error });
  if (signal.aborted) return failure('Cancelled', 'the copy was stopped; the next run goes on from there');
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
  if (code !== undefined && /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/.test(code))
    return failure(
      'InvalidSpec',
      `its certificate is not trusted (${message}); put its authority into the Secret as ca.crt`,
    );
  if (status === 412) return failure('TrainerFailed', 'it was changed while it was read; run again');
  const system = asTrainerError(error);
  if (system.code !== 'TrainerFailed') return system;
  return failure(
    'TrainerFailed',
    `the store did not do what it was asked (${[name, code, status, message].filter((part) => part !== undefined && part !== '').join(' ')}); check AWS_ENDPOINT_URL_S3 and that the store runs`,
  );
}
