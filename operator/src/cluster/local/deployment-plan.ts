import { createHash } from 'node:crypto';
import type { Deployment, Pod } from '../objects.ts';
import type { PodsPlan } from './job-plan.ts';
import { keepTransition } from './pod-status.ts';
import { hasCondition, isEnding, isOver, podFrom, podsOf } from './pods-of.ts';

const hashLabel = 'pod-template-hash';

/** What Kubernetes' own Deployment controller would do: new pods beside the old ones, which go when the new are ready. */
export function planDeployment(
  deployment: Deployment,
  allPods: readonly Pod[],
  now: Date,
): PodsPlan<NonNullable<Deployment['status']>> {
  const { replicas, template } = deployment.spec;
  const hash = createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 8);
  const pods = podsOf(deployment, allPods);
  const living = pods.filter((pod) => !isOver(pod) && !isEnding(pod));
  const updated = living.filter((pod) => pod.metadata.labels?.[hashLabel] === hash);
  const old = living.filter((pod) => !updated.includes(pod));
  const ready = living.filter(isReady);
  const updatedReady = updated.filter(isReady);

  const recreate = deployment.spec.strategy?.type === 'Recreate';
  const waitsForOld = recreate && pods.some((pod) => !isOver(pod) && !updated.includes(pod));
  const missing = waitsForOld ? 0 : Math.max(replicas - updated.length, 0);
  const taken = new Set(pods.map((pod) => pod.metadata.name));
  const create: Pod[] = [];
  for (let seed = 0; create.length < missing; seed++) {
    const pod = podFrom(deployment, template, `${hash}/${seed}`, { [hashLabel]: hash });
    if (!taken.has(pod.metadata.name)) create.push(pod);
  }
  const surplus = [...updated].sort((a, b) => Number(isReady(a)) - Number(isReady(b)));
  const oldAreDone = recreate || updatedReady.length >= replicas;
  const available = ready.length >= Math.max(replicas, 1);
  return {
    create,
    remove: [
      ...pods.filter((pod) => isOver(pod) && !isEnding(pod)),
      ...surplus.slice(0, Math.max(updated.length - replicas, 0)),
      ...(oldAreDone ? old : []),
    ],
    status: {
      observedGeneration: deployment.metadata.generation ?? 0,
      replicas: living.length,
      updatedReplicas: updated.length,
      readyReplicas: ready.length,
      conditions: [
        keepTransition(
          available
            ? { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' }
            : { type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable' },
          deployment.status?.conditions,
          now,
        ),
      ],
    },
  };
}

function isReady(pod: Pod): boolean {
  return hasCondition(pod, 'Ready');
}
