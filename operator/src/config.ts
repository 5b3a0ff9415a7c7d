import { fileURLToPath } from 'node:url';
import { OperatorError } from './errors.ts';
import { usualStore, type Settings } from './objects/settings.ts';

export interface Config {
  /** The program that stands for the trainer's image: an interpreter and its arguments. */
  readonly trainer: readonly string[];
  readonly settings: Settings;
  /** Shortest time between two writes of mere progress. */
  readonly progressIntervalMs: number;
  readonly logLevel: string;
}

/** How things are done on one machine without a cluster. */
export function localConfig(env: NodeJS.ProcessEnv): Config {
  return {
    trainer: [process.execPath, trainerMain(env)],
    settings: {
      image: 'wikigpt/trainer',
      // The endpoint's port differs from run to run, and a Job's template may not: the node fills it in.
      endpoint: '$(WIKIGPT_ENDPOINT)',
      createClaims: { storage: '10Gi' },
      defaultStore: env['WIKIGPT_DEFAULT_STORE'] || usualStore,
      workStorage: '10Gi',
      progressPorts: [],
      inCluster: false,
      gatewayApi: false,
      drainSeconds: 0,
      localFiles: true,
    },
    progressIntervalMs: 250,
    logLevel: env['WIKIGPT_LOG_LEVEL'] ?? 'info',
  };
}

/** The trainer's program: found beside this package, or named by WIKIGPT_TRAINER. */
function trainerMain(env: NodeJS.ProcessEnv): string {
  const named = env['WIKIGPT_TRAINER'];
  if (named !== undefined && named !== '') return named;
  try {
    return fileURLToPath(import.meta.resolve('@wikigpt/trainer/main'));
  } catch (cause) {
    throw new OperatorError(
      'TrainerMissing',
      'The trainer (@wikigpt/trainer) is not installed. Run npm install in the repository, then try again.',
      { cause },
    );
  }
}
