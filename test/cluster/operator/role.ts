import type { RoleRule } from '../control-plane/service-account.ts';

const made = ['get', 'list', 'watch', 'create', 'patch', 'delete'];

/** What the operator may do, and no more. */
export const operatorRole: readonly RoleRule[] = [
  { apiGroups: ['wikigpt.dev'], resources: ['finetunejobs'], verbs: ['get', 'list', 'watch', 'delete'] },
  { apiGroups: ['wikigpt.dev'], resources: ['chatmodels'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['wikigpt.dev'], resources: ['finetunejobs/status', 'chatmodels/status'], verbs: ['patch'] },
  { apiGroups: ['batch'], resources: ['jobs'], verbs: made },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: made },
  { apiGroups: [''], resources: ['configmaps'], verbs: made },
  { apiGroups: [''], resources: ['services'], verbs: made },
  { apiGroups: [''], resources: ['persistentvolumeclaims'], verbs: made },
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [''], resources: ['events'], verbs: ['get', 'create', 'patch'] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] },
  { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
];
