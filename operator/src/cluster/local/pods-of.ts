import { createHash } from 'node:crypto';
import type { KubeObject, Labels, Pod, PodTemplate } from '../objects.ts';
import { isOwnedBy, ownedBy } from '../owner-reference.ts';

/** The pods that an object controls. */
export function podsOf(owner: KubeObject, pods: readonly Pod[]): Pod[] {
  return pods.filter((pod) => isOwnedBy(pod, owner));
}

/** A pod from a template; its name is the owner's and five characters that follow from `seed`. */
export function podFrom(owner: KubeObject, template: PodTemplate, seed: string, labels: Labels): Pod {
  const { namespace, name, uid } = owner.metadata;
  const suffix = createHash('sha256').update(`${uid}/${seed}`).digest('hex').slice(0, 5);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace,
      name: `${name}-${suffix}`,
      labels: { ...template.metadata?.labels, ...labels },
      ...(template.metadata?.annotations ? { annotations: template.metadata.annotations } : {}),
      ownerReferences: [ownedBy(owner)],
    },
    spec: template.spec,
  };
}

/** Whether a pod's condition holds. */
export function hasCondition(pod: Pod, type: string): boolean {
  return pod.status?.conditions?.some((each) => each.type === type && each.status === 'True') ?? false;
}

export function isOver(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

export function isEnding(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}
