/** An object as the API server shows it. */
export interface Shown {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
}

export interface Sample {
  /** The name and uid of the job that the objects are about. */
  readonly name: string;
  readonly objects: readonly Shown[];
}

/** Where objects of a kind lie in etcd. */
const folders: Readonly<Record<string, string>> = {
  FineTuneJob: 'wikigpt.dev/finetunejobs',
  Job: 'jobs',
  Pod: 'pods',
  ConfigMap: 'configmaps',
};

/** The objects of one job as those of another: every name that follows from the job's and every uid is another. */
export function copyOf({ name, objects }: Sample, to: string, index: number): Shown[] {
  let text = JSON.stringify(objects).replaceAll(new RegExp(`\\b${name}\\b(?!-\\d)`, 'g'), to);
  for (const { metadata } of objects)
    text = text.replaceAll(metadata.uid, `${index.toString(16).padStart(8, '0')}${metadata.uid.slice(8)}`);
  return (JSON.parse(text) as Shown[]).map((object) => {
    const { resourceVersion: _, ...metadata } = object.metadata as Shown['metadata'] & { resourceVersion?: string };
    return { ...object, metadata };
  });
}

const lanes = 16;

/**
 * Puts objects straight into etcd, which the API server then shows as its own: a small part of what it would cost to make
 * them. One by one, since all that a transaction puts has one version, and a watch that is cut goes on after a version.
 */
export async function seedEtcd(etcd: string, objects: readonly Shown[]): Promise<void> {
  const left = objects.values();
  const put = async () => {
    for (const object of left) {
      const { namespace, name } = object.metadata;
      const key = base64(`/registry/${folders[object.kind]}/${namespace}/${name}`);
      const body = JSON.stringify({ key, value: base64(JSON.stringify(object)) });
      const answer = await fetch(`${etcd}/v3/kv/put`, { method: 'POST', body });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`etcd answered ${answer.status}: ${text}`);
    }
  };
  await Promise.all(Array.from({ length: lanes }, put));
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
