import type { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { OpenFile } from '../download-files.ts';
import type { StoredObject } from './list-objects.ts';

/** Opens objects of a bucket from a byte on, as long as they are what was listed. */
export function openObject(client: S3Client, bucket: string) {
  return async ({ key, etag }: StoredObject, from: number, abortSignal: AbortSignal): Promise<OpenFile> => {
    const { Body, ContentRange } = await client.send(
      new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        IfMatch: etag,
        ...(from > 0 ? { Range: `bytes=${from}-` } : {}),
      }),
      { abortSignal },
    );
    // A server that knows no ranges sends the whole object again.
    return { start: from > 0 && ContentRange?.startsWith(`bytes ${from}-`) ? from : 0, body: Body as Readable };
  };
}
