import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { OperatorError } from '../errors.ts';
import type { Logger } from '../log.ts';

/** How the endpoint proves who it is, and the authority that pods are to trust for it; all PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

const everyMs = 60_000;

/** Reads tls.crt, tls.key and ca.crt, as a Secret of type kubernetes.io/tls has them. */
export async function readCertificate(folder: string): Promise<Certificate> {
  const read = (name: string) => readFile(path.join(folder, name), 'utf8');
  try {
    const [cert, key, ca] = await Promise.all([read('tls.crt'), read('tls.key'), read('ca.crt')]);
    return { cert, key, ca };
  } catch (cause) {
    throw new OperatorError(
      'Usage',
      `WIKIGPT_TLS_FOLDER is ${folder}: it must be a folder with tls.crt, tls.key and ca.crt.`,
      { cause },
    );
  }
}

/** Calls `onChange` whenever the files say something else; returns what ends it. */
export function followCertificate(
  folder: string,
  first: Certificate,
  onChange: (certificate: Certificate) => void,
  log: Logger,
  intervalMs = everyMs,
): () => void {
  let known = first;
  const look = async () => {
    try {
      const next = await readCertificate(folder);
      if (next.cert === known.cert && next.key === known.key) return;
      known = next;
      onChange(next);
      log.info('the certificate was renewed', { folder });
    } catch (error) {
      // Half replaced, or gone: the one in use goes on, and the next look may find both halves.
      log.warn('the certificate cannot be renewed', { folder, error });
    }
  };
  const timer = setInterval(() => void look(), intervalMs);
  return () => clearInterval(timer);
}
