import { operatorRole } from '../cluster/operator/role.ts';
import { images } from './images.ts';

export const operatorNamespace = 'wikigpt-system';
const name = 'wikigpt-operator';
const metadata = { namespace: operatorNamespace, name };
const labels = { app: name };

/** The operator as a service of the cluster: two replicas from its image, under the restricted standard. */
export const operatorManifests: readonly object[] = [
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: operatorNamespace,
      labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    },
  },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules: operatorRole },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace: operatorNamespace }],
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata, labels },
    spec: { selector: labels, ports: [{ name: 'http', port: 8080, targetPort: 'http' }] },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: name,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              name: 'operator',
              image: images.operator,
              env: [
                { name: 'WIKIGPT_TRAINER_IMAGE', value: images.trainer },
                { name: 'WIKIGPT_ENDPOINT', value: `http://${name}.${operatorNamespace}:8080` },
                { name: 'WIKIGPT_STORAGE', value: '1Gi' },
                { name: 'WIKIGPT_WORK_STORAGE', value: '1Gi' },
                { name: 'WIKIGPT_PROGRESS_SECONDS', value: '1' },
                { name: 'WIKIGPT_DRAIN_SECONDS', value: '2' },
                { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
              ],
              ports: [
                { name: 'http', containerPort: 8080 },
                { name: 'health', containerPort: 8081 },
              ],
              readinessProbe: { httpGet: { path: '/readyz', port: 'health' }, periodSeconds: 1, timeoutSeconds: 5 },
              livenessProbe: { httpGet: { path: '/healthz', port: 'health' }, periodSeconds: 10, timeoutSeconds: 5 },
              resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
            },
          ],
        },
      },
    },
  },
];
