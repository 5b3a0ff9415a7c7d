import type { ChatModel } from '../cluster/kinds.ts';
import type { HorizontalPodAutoscaler, PodDisruptionBudget } from '../cluster/objects.ts';
import { chatMetadata, chatModelLabel, revisionLabel } from './names.ts';

/** The metric of a chat server by which replicas are counted. */
const loadMetric = 'wikigpt_num_requests_running';

/** Keeps all but one pod of the live revision through a drain of nodes; nothing for a single pod, which could then never be moved. */
export function disruptionBudget(chat: ChatModel, revision: string, replicas: number): PodDisruptionBudget | undefined {
  if ((chat.spec.autoscaling?.minReplicas ?? replicas) < 2) return undefined;
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: chatMetadata(chat),
    spec: {
      maxUnavailable: 1,
      selector: { matchLabels: { [chatModelLabel]: chat.metadata.name, [revisionLabel]: revision } },
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  };
}

/** Makes the replicas of the live revision follow the requests under way; nothing when the spec does not ask for it. */
export function autoscaler(chat: ChatModel, revision: string): HorizontalPodAutoscaler | undefined {
  const { autoscaling } = chat.spec;
  if (!autoscaling) return undefined;
  const { minReplicas, maxReplicas, targetActiveRequests, scaleDownDelaySeconds } = autoscaling;
  const target = { type: 'AverageValue', averageValue: String(targetActiveRequests) } as const;
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: chatMetadata(chat),
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: revision },
      minReplicas,
      maxReplicas,
      metrics: [{ type: 'Pods', pods: { metric: { name: loadMetric }, target } }],
      behavior: { scaleDown: { stabilizationWindowSeconds: scaleDownDelaySeconds } },
    },
  };
}
