import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** A call as the API server wrote it down when it ended. */
export interface AuditedCall {
  /** The verb of RBAC: get, list, watch, create, update, patch, delete, deletecollection. */
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly userAgent?: string;
  readonly requestURI: string;
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code: number };
  readonly requestReceivedTimestamp: string;
}

/** One JSON object a line for each call that ended. */
export const auditLog = (folder: string) => path.join(folder, 'audit.log');

export const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
};

/** The calls that ended so far, oldest first; a watch is there twice, when it begins and when it ends. */
export async function readAudit(folder: string): Promise<readonly AuditedCall[]> {
  const text = await readFile(auditLog(folder), 'utf8');
  // The last line may be half written.
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditedCall);
}
