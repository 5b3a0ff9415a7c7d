import { methods, methodTitles, presets } from '@wikigpt/schema/catalog.ts';
import type { Task } from '@wikigpt/schema/task.ts';
import type { FineTuneJob } from '../../cluster/kinds.ts';
import type { JobSeen } from './observe.ts';

/** The base as an address the trainer can read; null when training starts from nothing. */
export function resolveBase({ spec: { base } }: FineTuneJob, { upstream }: JobSeen): Task['base'] {
  const pinned = base.digest === undefined ? {} : { digest: base.digest };
  if (base.uri !== undefined) return { uri: base.uri, ...pinned };
  if (base.preset !== undefined) return { uri: presets[base.preset].uri, ...pinned };
  const artifact = upstream?.status?.artifact;
  if (base.fromJob !== undefined && artifact) return { uri: artifact.uri, digest: base.digest ?? artifact.digest };
  return null;
}

/** The base as `kubectl get` shows it. */
export function baseTitle({ spec: { base } }: FineTuneJob): string {
  if (base.fromJob) return base.fromJob.name;
  return base.preset ?? base.uri?.split('/').at(-1) ?? 'scratch';
}

/** The method as `kubectl get` shows it. */
export function methodTitle({ spec: { method } }: FineTuneJob): string {
  const name = methods.find((each) => method[each] !== undefined);
  return name === undefined ? '' : methodTitles[name];
}
