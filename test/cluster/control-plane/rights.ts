import type { AuditedCall } from './audit.ts';
import type { RoleRule } from './service-account.ts';

/** The rights that calls made use of, each once and in order, as `batch/jobs create` or `/configmaps get`. */
export function usedRights(calls: readonly AuditedCall[]): readonly string[] {
  return inOrder(
    calls.flatMap(({ verb, objectRef: { apiGroup = '', resource, subresource } = {} }) =>
      resource === undefined ? [] : right(apiGroup, subresource ? `${resource}/${subresource}` : resource, verb),
    ),
  );
}

/** The rights that rules give, written in the same way. */
export function grantedRights(rules: readonly RoleRule[]): readonly string[] {
  return inOrder(
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => right(group, resource, verb)))),
    ),
  );
}

const right = (group: string, resource: string, verb: string) => `${group}/${resource} ${verb}`;
const inOrder = (rights: readonly string[]) => [...new Set(rights)].sort();
