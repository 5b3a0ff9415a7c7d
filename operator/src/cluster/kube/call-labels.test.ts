import { expect, test } from 'vitest';
import { callLabels } from './call-labels.ts';

test.for([
  ['GET', '/apis/wikigpt.dev/v1alpha1/finetunejobs', false, 'list finetunejobs'],
  ['GET', '/api/v1/namespaces/a/pods', true, 'watch pods'],
  ['GET', '/api/v1/namespaces/a/pods/one', false, 'get pods'],
  ['PATCH', '/apis/wikigpt.dev/v1alpha1/namespaces/a/finetunejobs/one/status', false, 'patch finetunejobs/status'],
  ['POST', '/apis/authentication.k8s.io/v1/tokenreviews', false, 'create tokenreviews'],
  ['PUT', '/apis/coordination.k8s.io/v1/namespaces/a/leases/one', false, 'update leases'],
  ['DELETE', '/apis/batch/v1/namespaces/namespaces/jobs/one', false, 'delete jobs'],
  // What a group offers is asked before anything of it is.
  ['GET', '/apis/gateway.networking.k8s.io/v1', false, 'get apis'],
] as const)('%s %s, watched: %s, is: %s', ([method, path, watch, says]) => {
  const { verb, resource } = callLabels({ method, path, watch });
  expect(`${verb} ${resource}`).toBe(says);
});
