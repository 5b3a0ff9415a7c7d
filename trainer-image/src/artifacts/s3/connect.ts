import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { S3Client } from '@aws-sdk/client-s3';
import { containerPath, containerPaths } from '../../container.ts';
import { TrainerError } from '../../errors.ts';
import type { Address, Stores } from '../stores.ts';

/** How long a server may say nothing before the call is made again. */
export const silenceMs = 60_000;
const attempts = 10;

/**
 * A client for the store of an address: its Secret, whose keys are the standard AWS variables, goes before the
 * container's own variables; without credentials in either the SDK looks where it always does.
 */
export async function connect({ secretRef }: Address, stores: Stores): Promise<S3Client> {
  const told = { ...stores.environment, ...(secretRef ? await readSecret(secretRef.name, stores.root) : {}) };
  const value = (name: string): string | undefined => told[name]?.trim() || undefined;
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

async function readSecret(name: string, root: string): Promise<Record<string, string>> {
  const folder = join(containerPath(root, containerPaths.stores), name);
  try {
    // Kubernetes keeps the keys behind links whose names begin with two dots.
    const keys = (await readdir(folder)).filter((key) => !key.startsWith('.'));
    return Object.fromEntries(
      await Promise.all(keys.map(async (key) => [key, await readFile(join(folder, key), 'utf8')])),
    );
  } catch (cause) {
    throw new TrainerError('PermissionDenied', `The Secret ${name} is not mounted; create it with the keys AWS_….`, {
      cause,
    });
  }
}
