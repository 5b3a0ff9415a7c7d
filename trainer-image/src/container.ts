import { join } from 'node:path';

/** What a container is told by its environment, read once by main.ts. */
export interface ContainerConfig {
  /** Every path of the container contract lies under it: `/` in a pod, a folder of its own on a laptop. */
  readonly root: string;
  readonly threads: number;
  readonly logLevel: string;
  readonly port: number;
  readonly pod: string;
  /** Where to POST progress reports; null where nobody listens. */
  readonly progressUrl: string | null;
  readonly progressSeconds: number;
  /** Where a trainer answers for its metrics; null where nobody asks. */
  readonly metricsPort: number | null;
  /** Every variable: stores find their endpoints and credentials here. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Reads the container's environment; numbers that are none fall back to the default. */
export function containerConfig(env: NodeJS.ProcessEnv, cores: number): ContainerConfig {
  const number = (name: string, fallback: number): number => {
    const value = Number(env[name]);
    return env[name] !== undefined && Number.isFinite(value) && value > 0 ? value : fallback;
  };
  return {
    root: env['WIKIGPT_ROOT'] ?? '/',
    threads: number('WIKIGPT_THREADS', cores),
    logLevel: env['LOG_LEVEL'] ?? 'info',
    port: number('PORT', 8080),
    pod: env['POD_NAME'] ?? 'local',
    progressUrl: env['WIKIGPT_PROGRESS_URL'] ?? null,
    progressSeconds: number('WIKIGPT_PROGRESS_SECONDS', 10),
    metricsPort: number('WIKIGPT_METRICS_PORT', 0) || null,
    environment: env,
  };
}

/** Paths that operator and trainer agree on. */
export const containerPaths = {
  task: '/etc/wikigpt/task.json',
  work: '/work',
  token: '/var/run/secrets/wikigpt/token',
  /** Secrets with the credentials of stores, each in a folder of its name. */
  stores: '/var/run/secrets/wikigpt-stores',
  terminationMessage: '/dev/termination-log',
} as const;

/** A path of the container contract on this machine. */
export function containerPath(root: string, path: string): string {
  return join(root, path);
}
