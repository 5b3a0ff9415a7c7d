import type { Attempted } from './rest-client.ts';

/** What a call of the API was, in the words of RBAC. */
export interface CallLabels {
  readonly verb: string;
  /** The plural name, with the part of the object where it was one: `finetunejobs/status`. */
  readonly resource: string;
}

const objectVerbs = { GET: 'get', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' } as const;

/** The verb and the resource of a call, told by its path. */
export function callLabels({ method, path, watch }: Pick<Attempted, 'method' | 'path' | 'watch'>): CallLabels {
  const [, inGroup = ''] = /^\/(?:api|apis\/[^/]+)\/[^/]+\/(.*)$/.exec(path) ?? [];
  if (inGroup === '') return { verb: 'get', resource: 'apis' };
  const [resource = '', name, part] = inGroup.replace(/^namespaces\/[^/]+\//, '').split('/');
  const readsMany = method === 'GET' && name === undefined;
  const verb = readsMany ? (watch ? 'watch' : 'list') : objectVerbs[method];
  return { verb, resource: part === undefined ? resource : `${resource}/${part}` };
}
