import { OperatorError } from '../errors.ts';
import { usualStore, type Settings } from '../objects/settings.ts';

/** How the operator runs as a service of a cluster. */
export interface ServiceConfig {
  readonly settings: Settings;
  readonly progressIntervalMs: number;
  readonly logLevel: string;
  /** Where the progress endpoint and the metrics listen. */
  readonly listen: Address;
  /** Where /healthz and /readyz listen. */
  readonly health: Address;
  /** Where the endpoint's certificate lies; absent for plain HTTP. */
  readonly tlsFolder: string | undefined;
  /** A kubeconfig, for an operator that does not run in a pod. */
  readonly kubeconfig: string | undefined;
  /** The only namespace whose objects are looked at; all of them when absent. */
  readonly watchNamespace: string | undefined;
  /** Where the Lease is; the pod's own namespace when absent. */
  readonly namespace: string | undefined;
  readonly pod: string;
  readonly lease: string;
  /** After so long without a sign of life from the API server, or without an end to any work, the process is unhealthy. */
  readonly watchdogMs: number;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Every variable of the environment that is read; docs/operator.md says what each means. */
export const serviceVariables = [
  'WIKIGPT_TRAINER_IMAGE',
  'WIKIGPT_ENDPOINT',
  'WIKIGPT_TLS_FOLDER',
  'WIKIGPT_DEFAULT_STORE',
  'WIKIGPT_STORAGE',
  'WIKIGPT_STORAGE_CLASS',
  'WIKIGPT_WORK_STORAGE',
  'WIKIGPT_DEFAULT_MEMORY',
  'WIKIGPT_CLUSTER_DOMAIN',
  'WIKIGPT_DRAIN_SECONDS',
  'WIKIGPT_FS_GROUP',
  'WIKIGPT_WATCH_NAMESPACE',
  'WIKIGPT_LISTEN',
  'WIKIGPT_HEALTH_LISTEN',
  'WIKIGPT_PROGRESS_SECONDS',
  'WIKIGPT_WATCHDOG_SECONDS',
  'WIKIGPT_LEASE',
  'WIKIGPT_LOG_LEVEL',
  'KUBECONFIG',
  'POD_NAMESPACE',
  'POD_NAME',
] as const;
type Variable = (typeof serviceVariables)[number];

/** Reads the environment; throws Usage for a variable that is missing or wrong. */
export function serviceConfig(env: NodeJS.ProcessEnv): ServiceConfig {
  const endpoint = required(
    env,
    'WIKIGPT_ENDPOINT',
    'the address at which pods reach this process, such as its Service',
  );
  const tlsFolder = optional(env, 'WIKIGPT_TLS_FOLDER');
  if (endpoint.startsWith('https:') !== (tlsFolder !== undefined))
    throw new OperatorError(
      'Usage',
      `WIKIGPT_ENDPOINT is ${endpoint} and WIKIGPT_TLS_FOLDER is ${tlsFolder ?? 'not set'}: https needs the folder, http must not have it.`,
    );
  const listen = address(env, 'WIKIGPT_LISTEN', '0.0.0.0:8080');
  const fsGroup = whole(env, 'WIKIGPT_FS_GROUP', 65532);
  const storage = optional(env, 'WIKIGPT_STORAGE');
  const storageClassName = optional(env, 'WIKIGPT_STORAGE_CLASS');
  const claims = storage === undefined ? undefined : { storage, ...(storageClassName ? { storageClassName } : {}) };
  return {
    settings: {
      image: required(env, 'WIKIGPT_TRAINER_IMAGE', 'the image of training and serving pods'),
      endpoint,
      ...(claims ? { createClaims: claims } : {}),
      defaultStore: store(env),
      workStorage: optional(env, 'WIKIGPT_WORK_STORAGE') ?? '10Gi',
      defaultMemory: quantity(env, 'WIKIGPT_DEFAULT_MEMORY', '4Gi'),
      clusterDomain: optional(env, 'WIKIGPT_CLUSTER_DOMAIN') ?? 'svc',
      ...(fsGroup === 0 ? {} : { fsGroup }),
      progressPorts: [...new Set([portOf(endpoint), listen.port])].filter((port) => port > 0),
      inCluster: true,
      gatewayApi: false,
      drainSeconds: whole(env, 'WIKIGPT_DRAIN_SECONDS', 30),
      localFiles: false,
    },
    progressIntervalMs: whole(env, 'WIKIGPT_PROGRESS_SECONDS', 10) * 1000,
    logLevel: optional(env, 'WIKIGPT_LOG_LEVEL') ?? 'info',
    listen,
    health: address(env, 'WIKIGPT_HEALTH_LISTEN', '0.0.0.0:8081'),
    tlsFolder,
    kubeconfig: optional(env, 'KUBECONFIG'),
    watchNamespace: optional(env, 'WIKIGPT_WATCH_NAMESPACE'),
    namespace: optional(env, 'POD_NAMESPACE'),
    pod: optional(env, 'POD_NAME') ?? 'wikigpt-operator',
    lease: optional(env, 'WIKIGPT_LEASE') ?? 'wikigpt-operator',
    watchdogMs: whole(env, 'WIKIGPT_WATCHDOG_SECONDS', 300) * 1000,
  };
}

function optional(env: NodeJS.ProcessEnv, name: Variable): string | undefined {
  const value = env[name];
  return value === undefined || value === '' ? undefined : value;
}

function required(env: NodeJS.ProcessEnv, name: Variable, meaning: string): string {
  const value = optional(env, name);
  if (value === undefined) throw new OperatorError('Usage', `${name} is not set: it is ${meaning}.`);
  return value;
}

function quantity(env: NodeJS.ProcessEnv, name: Variable, otherwise: string): string {
  const text = optional(env, name) ?? otherwise;
  if (!/^\d+(\.\d+)?[KMGT]i?$/.test(text))
    throw new OperatorError('Usage', `${name} is ${text}: it must be an amount of memory, such as ${otherwise}.`);
  return text;
}

function whole(env: NodeJS.ProcessEnv, name: Variable, otherwise: number): number {
  const text = optional(env, name);
  if (text === undefined) return otherwise;
  if (!/^\d{1,7}$/.test(text)) throw new OperatorError('Usage', `${name} is ${text}: it must be a whole number.`);
  return Number(text);
}

/** The port that an address means; throws Usage when it is none. */
function portOf(endpoint: string): number {
  const url = URL.parse(endpoint);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new OperatorError(
      'Usage',
      `WIKIGPT_ENDPOINT is ${endpoint}: it must be an address such as http://host:8080.`,
    );
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}

function store(env: NodeJS.ProcessEnv): string {
  const text = optional(env, 'WIKIGPT_DEFAULT_STORE') ?? usualStore;
  if (!/^(pvc|s3):\/\/[^\s/]+[^\s]*$/.test(text))
    throw new OperatorError(
      'Usage',
      `WIKIGPT_DEFAULT_STORE is ${text}: it must be a place such as pvc://claim or s3://bucket/path.`,
    );
  return text;
}

function address(env: NodeJS.ProcessEnv, name: Variable, otherwise: string): Address {
  const text = optional(env, name) ?? otherwise;
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (host === '') throw new OperatorError('Usage', `${name} is ${text}: it must be host:port, such as ${otherwise}.`);
  return { host, port: Number(port) };
}
