import { getCACertificates } from 'node:tls';
import { S3Client } from '@aws-sdk/client-s3';
import { storeSettings } from '../store-settings.ts';
import type { Address, Stores } from '../stores.ts';
import { silenceMs } from '../download-files.ts';

const attempts = 10;

/**
 * A client for the store of an address: its Secret, whose keys are the standard AWS variables, goes before the
 * container's own variables; without credentials in either the SDK looks where it always does.
 */
export async function connect(address: Address, stores: Stores): Promise<S3Client> {
  const value = await storeSettings(address, stores);
  const endpoint = value('AWS_ENDPOINT_URL_S3') ?? value('AWS_ENDPOINT_URL');
  const accessKeyId = value('AWS_ACCESS_KEY_ID');
  const secretAccessKey = value('AWS_SECRET_ACCESS_KEY');
  const sessionToken = value('AWS_SESSION_TOKEN');
  const authority = value('ca.crt');
  return new S3Client({
    region: value('AWS_REGION') ?? value('AWS_DEFAULT_REGION') ?? 'us-east-1',
    ...(endpoint === undefined ? {} : { endpoint }),
    // Servers of one's own rarely have a name for every bucket.
    forcePathStyle: (value('AWS_S3_ADDRESSING_STYLE') ?? (endpoint === undefined ? 'virtual' : 'path')) === 'path',
    ...(accessKeyId !== undefined && secretAccessKey !== undefined
      ? { credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) } }
      : {}),
    maxAttempts: Number(value('AWS_MAX_ATTEMPTS') ?? attempts) || attempts,
    requestHandler: {
      connectionTimeout: 10_000,
      socketTimeout: silenceMs,
      ...(authority === undefined ? {} : { httpsAgent: { ca: [...getCACertificates(), authority] } }),
    },
  });
}
