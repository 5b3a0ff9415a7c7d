import { fineTuneJobSpec } from '@wikigpt/schema/fine-tune-job.ts';
import type { FineTuneJob, Kind, KindMap } from '../kinds.ts';
import type { ConfigMap, Job, Pod, PodSpec, PodTemplate } from '../objects.ts';
import type { Cluster } from '../port.ts';

/** What a case gets: a cluster, a namespace of its own, and the image that stands for a program (fixtures/container.ts). */
export interface CaseContext {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly image: string;
  /** How long a case waits for one thing; a cluster that backs off, or is busy, needs longer than the default. */
  readonly withinMs?: number;
}

export interface ConformanceCase {
  readonly name: string;
  readonly run: (context: CaseContext) => Promise<void>;
}

/** Watches an object until `holds`; rejects with what it last looked like when it has not within the time. */
export async function until<K extends Kind>(
  { cluster, namespace, withinMs = 15_000 }: CaseContext,
  kind: K,
  name: string,
  holds: (object: KindMap[K] | undefined) => boolean,
): Promise<KindMap[K]> {
  const { promise, resolve, reject } = Promise.withResolvers<KindMap[K] | undefined>();
  let last: KindMap[K] | undefined;
  const watch = cluster.watch(kind, { namespace }, ({ type, object }) => {
    if (object.metadata.name !== name) return;
    last = type === 'Deleted' ? undefined : object;
    if (holds(last)) resolve(last);
  });
  const timer = setTimeout(
    () => reject(new Error(`${kind} ${name} did not get there: ${JSON.stringify(last, undefined, 1)}`)),
    withinMs,
  );
  try {
    await watch.synced;
    if (holds(last)) resolve(last);
    return (await promise) as KindMap[K];
  } finally {
    clearTimeout(timer);
    watch.close();
  }
}

/** Whether a condition of that type holds. */
export function holds(
  object: { readonly status?: { readonly conditions?: readonly { type: string; status: string }[] } } | undefined,
  type: string,
): boolean {
  return object?.status?.conditions?.some((each) => each.type === type && each.status === 'True') ?? false;
}

export function configMap(
  namespace: string,
  name: string,
  data: ConfigMap['data'],
  more: Partial<ConfigMap['metadata']> = {},
): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name, ...more }, data: data ?? {} };
}

export function podTemplate(
  image: string,
  args: readonly string[],
  spec: Partial<PodSpec> = {},
  container: Partial<PodSpec['containers'][number]> = {},
): PodTemplate {
  return {
    metadata: { labels: { app: 'conformance' } },
    spec: { restartPolicy: 'Never', containers: [{ name: 'main', image, args, ...container }], ...spec },
  };
}

export function job(namespace: string, name: string, template: PodTemplate, spec: Partial<Job['spec']> = {}): Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { namespace, name },
    spec: { backoffLimit: 0, ...spec, template },
  };
}

/** A FineTuneJob that asks nothing of anybody. */
export function fineTuneJob(namespace: string, name: string, suspend = false): FineTuneJob {
  return {
    apiVersion: 'wikigpt.dev/v1alpha1',
    kind: 'FineTuneJob',
    metadata: { namespace, name },
    spec: fineTuneJobSpec.parse({
      base: { scratch: { layers: 2, hidden: 32, heads: 2, context: 64, vocabulary: 512 } },
      data: { sources: [{ uri: 'configmap://facts/texts.jsonl', format: 'text' }] },
      method: { full: {} },
      suspend,
    }),
  };
}

/** The pods that a Job or Deployment controls. */
export async function podsOf({ cluster, namespace }: CaseContext, uid: string | undefined): Promise<Pod[]> {
  const pods = await cluster.list('Pod', { namespace });
  return pods.filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid));
}
