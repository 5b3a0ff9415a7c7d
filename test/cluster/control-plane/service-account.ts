import type { ControlPlaneAccess } from './access.ts';
import { mustCall, successOf, type ApiCall } from './api-request.ts';

/** One rule of a Role, as RBAC writes it. */
export interface RoleRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

export interface ServiceAccountOptions {
  readonly namespace: string;
  readonly name: string;
  /** Rights in its own namespace. */
  readonly rules?: readonly RoleRule[];
  /** Rights in every namespace and on cluster objects. */
  readonly clusterRules?: readonly RoleRule[];
  /** Audiences of the token; the API server's own when absent. */
  readonly audiences?: readonly string[];
  /** Life of the token in seconds, at least 600. */
  readonly seconds?: number;
}

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';
const propagationMs = 10_000;

/** Makes a ServiceAccount with exactly these rights (namespace included) and returns a token of it once they count. */
export async function createServiceAccountToken(
  access: ControlPlaneAccess,
  { namespace, name, rules = [], clusterRules = [], audiences, seconds = 3600 }: ServiceAccountOptions,
): Promise<string> {
  const { admin } = access;
  const account = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await create(admin, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await create(admin, account, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } });
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  if (rules.length > 0) {
    const folder = `${rbac}/namespaces/${namespace}`;
    const metadata = { name, namespace };
    await create(admin, `${folder}/roles`, { apiVersion: `${apiGroup}/v1`, kind: 'Role', metadata, rules });
    const roleRef = { apiGroup, kind: 'Role', name };
    await create(admin, `${folder}/rolebindings`, {
      apiVersion: `${apiGroup}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef,
      subjects,
    });
  }
  if (clusterRules.length > 0) {
    const metadata = { name: `${namespace}-${name}` };
    await create(admin, `${rbac}/clusterroles`, {
      apiVersion: `${apiGroup}/v1`,
      kind: 'ClusterRole',
      metadata,
      rules: clusterRules,
    });
    const roleRef = { apiGroup, kind: 'ClusterRole', name: metadata.name };
    await create(admin, `${rbac}/clusterrolebindings`, {
      apiVersion: `${apiGroup}/v1`,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef,
      subjects,
    });
  }
  const token = await requestToken(admin, `${account}/${name}/token`, { seconds, ...(audiences && { audiences }) });
  await untilAllowed(admin, `system:serviceaccount:${namespace}:${name}`, [
    ...rules.map((rule) => ({ rule, namespace })),
    ...clusterRules.map((rule) => ({ rule })),
  ]);
  return token;
}

async function requestToken(
  admin: ApiCall,
  path: string,
  { seconds, audiences }: { readonly seconds: number; readonly audiences?: readonly string[] },
): Promise<string> {
  const answer = await mustCall<{ status: { token: string } }>(admin, path, {
    method: 'POST',
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: seconds, ...(audiences && { audiences }) },
    },
  });
  return answer.status.token;
}

/** Creates an object; one that exists already stays as it is. */
async function create(call: ApiCall, path: string, body: object): Promise<void> {
  const response = await call(path, { method: 'POST', body });
  if (response.status !== 409) successOf(response, `POST ${path}`);
}

// The authorizer learns of roles by watches of its own, some milliseconds after they are written.
async function untilAllowed(
  admin: ApiCall,
  user: string,
  rights: readonly { readonly rule: RoleRule; readonly namespace?: string }[],
): Promise<void> {
  const until = performance.now() + propagationMs;
  for (const { rule, namespace } of rights)
    while (!(await isAllowed(admin, user, rule, namespace))) {
      if (performance.now() > until)
        throw new Error(`${user}: found no right to ${JSON.stringify(rule)} after ${propagationMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
}

async function isAllowed(admin: ApiCall, user: string, rule: RoleRule, namespace?: string): Promise<boolean> {
  const [resource = '', subresource = ''] = (rule.resources[0] ?? '').split('/');
  const review = await mustCall<{ status: { allowed: boolean } }>(
    admin,
    '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    {
      method: 'POST',
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: {
          user,
          resourceAttributes: {
            group: rule.apiGroups[0],
            resource,
            subresource,
            verb: rule.verbs[0],
            name: rule.resourceNames?.[0],
            namespace,
          },
        },
      },
    },
  );
  return review.status.allowed;
}
