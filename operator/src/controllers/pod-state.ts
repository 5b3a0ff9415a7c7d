import type { Pod } from '../cluster/objects.ts';

/** Whether the cluster ended the pod, as in an eviction, and not its program. */
export function wasDisrupted({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'DisruptionTarget' && is === 'True') ?? false;
}

/** Why no node takes the pod; undefined where one does, or nobody has looked yet. */
export function whyUnschedulable({ status }: Pod): string | undefined {
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  return scheduled?.status === 'False' ? (scheduled.message ?? 'no node takes the pod') : undefined;
}
