import type { RoleRule } from '../control-plane/service-account.ts';

const followed = ['list', 'watch'];
const made = ['create', 'patch'];

/** What the operator may do, and no more; test/cluster/operator-role.test.ts holds it against what it does. */
export const operatorRole: readonly RoleRule[] = [
  { apiGroups: ['wikigpt.dev'], resources: ['finetunejobs', 'distilljobs'], verbs: ['get', ...followed, 'delete'] },
  { apiGroups: ['wikigpt.dev'], resources: ['chatmodels'], verbs: ['get', ...followed] },
  {
    apiGroups: ['wikigpt.dev'],
    resources: ['finetunejobs/status', 'distilljobs/status', 'chatmodels/status'],
    verbs: ['patch'],
  },
  { apiGroups: ['batch'], resources: ['jobs'], verbs: [...followed, ...made, 'delete'] },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: [...followed, ...made, 'delete'] },
  { apiGroups: [''], resources: ['configmaps'], verbs: [...followed, ...made, 'delete'] },
  { apiGroups: [''], resources: ['persistentvolumeclaims'], verbs: [...followed, ...made, 'delete'] },
  { apiGroups: [''], resources: ['services'], verbs: [...followed, ...made] },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: [...followed, ...made, 'delete'] },
  { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: [...followed, ...made, 'delete'] },
  { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['get', ...followed, ...made] },
  { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['get', ...followed, ...made] },
  { apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: [...followed, ...made, 'delete'] },
  { apiGroups: ['gateway.networking.k8s.io'], resources: ['httproutes'], verbs: [...followed, ...made, 'delete'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['get', ...followed] },
  { apiGroups: [''], resources: ['events'], verbs: ['get', ...made] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] },
  { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
];
