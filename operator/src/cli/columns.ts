import { kinds as apiKinds } from '@wikigpt/schema/kinds.ts';
import { keyOf, type AnyObject, type ApiKind, type Kind, type KindMap } from '../cluster/kinds.ts';
import type { Job, Pod } from '../cluster/objects.ts';
import { briefly } from '../duration.ts';
import { readPath } from './json-path.ts';

interface Column<T> {
  readonly name: string;
  readonly wide?: boolean;
  readonly cell: (object: T, now: Date) => string;
}

type Columns = { readonly [K in Kind]: readonly Column<KindMap[K]>[] };

/** What `get` shows of each kind, in kubectl's words; of the API's own kinds, what their CRDs say. */
const columns: Columns = {
  FineTuneJob: printerColumns('FineTuneJob'),
  DistillJob: printerColumns('DistillJob'),
  ChatModel: printerColumns('ChatModel'),
  Job: [
    { name: 'Status', cell: jobState },
    { name: 'Completions', cell: ({ status }) => `${status?.succeeded ?? 0}/1` },
    { name: 'Duration', cell: jobDuration },
  ],
  Pod: [
    { name: 'Ready', cell: ({ status }) => `${status?.containerStatuses?.filter(({ ready }) => ready).length ?? 0}/1` },
    { name: 'Status', cell: podState },
    { name: 'Restarts', cell: ({ status }) => String(status?.containerStatuses?.[0]?.restartCount ?? 0) },
  ],
  Deployment: [
    { name: 'Ready', cell: ({ status, spec }) => `${status?.readyReplicas ?? 0}/${spec.replicas}` },
    { name: 'Up-to-date', cell: ({ status }) => String(status?.updatedReplicas ?? 0) },
    { name: 'Available', cell: ({ status }) => String(status?.readyReplicas ?? 0) },
  ],
  Service: [
    {
      name: 'Address',
      cell: ({ status }) => {
        const ingress = status?.loadBalancer?.ingress?.[0];
        return ingress ? `${ingress.ip}:${ingress.ports?.[0]?.port}` : '<none>';
      },
    },
  ],
  ConfigMap: [{ name: 'Data', cell: ({ data }) => String(Object.keys(data ?? {}).length) }],
  PersistentVolumeClaim: [
    { name: 'Status', cell: ({ status }) => status?.phase ?? 'Pending' },
    { name: 'Capacity', cell: ({ spec }) => spec.resources.requests.storage },
  ],
  PodDisruptionBudget: [{ name: 'Max Unavailable', cell: ({ spec }) => String(spec.maxUnavailable) }],
  HorizontalPodAutoscaler: [{ name: 'Maxpods', cell: ({ spec }) => String(spec.maxReplicas) }],
  Ingress: [{ name: 'Hosts', cell: ({ spec }) => spec.rules.map(({ host }) => host).join(',') }],
  HTTPRoute: [{ name: 'Hostnames', cell: ({ spec }) => spec.hostnames.join(',') }],
  NetworkPolicy: [{ name: 'Types', cell: ({ spec }) => spec.policyTypes.join(',') }],
  ServiceAccount: [],
  Event: [
    { name: 'Type', cell: ({ type }) => type },
    { name: 'Reason', cell: ({ reason }) => reason },
    { name: 'Object', cell: ({ involvedObject: { kind, name } }) => `${kind.toLowerCase()}/${name}` },
    { name: 'Message', cell: ({ message }) => message },
  ],
};

/** The table of some objects of one kind: a head and a row each. */
export function rowsOf(
  kind: Kind,
  objects: readonly AnyObject[],
  now: Date,
  options: { readonly wide: boolean; readonly namespaces: boolean; readonly prefix?: string },
): string[][] {
  const shown = (columns[kind] as readonly Column<AnyObject>[]).filter(({ wide = false }) => options.wide || !wide);
  const hasAge = shown.some(({ name }) => name === 'Age');
  const head = ['Name', ...shown.map(({ name }) => name), ...(hasAge ? [] : ['Age'])];
  const rows = objects.map((object) => [
    `${options.prefix ?? ''}${keyOf(object).name}`,
    ...shown.map(({ cell }) => cell(object, now)),
    ...(hasAge ? [] : [age(object, now)]),
  ]);
  const withNamespace = options.namespaces
    ? [['Namespace', ...head], ...rows.map((row, at) => [objects[at]?.metadata.namespace ?? '', ...row])]
    : [head, ...rows];
  return withNamespace.map((row, at) => (at === 0 ? row.map((cell) => cell.toUpperCase()) : row));
}

function age(object: AnyObject, now: Date): string {
  return since(object.metadata.creationTimestamp, now);
}

/** How long ago an instant was. */
export function since(instant: string | undefined, now: Date): string {
  return instant === undefined ? '<unknown>' : briefly((now.getTime() - Date.parse(instant)) / 1000);
}

function printerColumns<K extends ApiKind>(kind: K): readonly Column<KindMap[K]>[] {
  const declared: readonly { name: string; type: string; jsonPath: string; priority?: number }[] =
    apiKinds[kind].columns;
  return declared.map(({ name, type, jsonPath, priority }) => ({
    name,
    wide: priority === 1,
    cell: (object, now) => {
      const value = readPath(object, jsonPath);
      if (type === 'date') return since(typeof value === 'string' ? value : undefined, now);
      return typeof value === 'string' || typeof value === 'number' ? String(value) : '-';
    },
  }));
}

function jobState({ status, spec }: Job): string {
  const ended = status?.conditions?.find(({ status: is }) => is === 'True')?.type;
  return ended ?? (spec.suspend ? 'Suspended' : 'Running');
}

function jobDuration({ status }: Job, now: Date): string {
  if (status?.startTime === undefined) return '';
  const end = status.completionTime === undefined ? now : new Date(status.completionTime);
  return since(status.startTime, end);
}

/** The word that kubectl prints for a pod: what its container waits for or ended with says more than its phase. */
function podState({ status, metadata }: Pod): string {
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  const state = status?.containerStatuses?.[0]?.state;
  if (status?.reason !== undefined) return status.reason;
  if (state?.waiting) return state.waiting.reason;
  if (state?.terminated) return state.terminated.reason;
  return status?.phase ?? 'Pending';
}
