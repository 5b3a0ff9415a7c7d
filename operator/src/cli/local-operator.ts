import { randomBytes } from 'node:crypto';
import { mkdirSync, rmdirSync } from 'node:fs';
import { validateManifest } from '@wikigpt/schema/validate.ts';
import { isApiObject, type AnyObject } from '../cluster/kinds.ts';
import { addControlRoutes } from '../cluster/local/control.ts';
import { foldersIn } from '../cluster/local/folders.ts';
import { openLocalCluster, type LocalCluster } from '../cluster/local/local-cluster.ts';
import { takeLock, type Lock } from '../cluster/local/lock.ts';
import { localConfig } from '../config.ts';
import { OperatorError } from '../errors.ts';
import { createLogger } from '../log.ts';
import { createOperator } from '../main.ts';
import type { Io } from './io.ts';

export interface LocalOperator {
  readonly cluster: LocalCluster;
  /** Takes the service port; throws PortInUse. */
  reserve(): Promise<void>;
  start(): Promise<void>;
  whenIdle(): Promise<void>;
  /** Lets every pod save and end, writes down where things stand, and gives the folder back. */
  stop(): Promise<void>;
  /** Ends every pod at once; `stop` then has nothing to wait for. */
  kill(): void;
}

/** Takes the folder for this process and puts the operator together on it; throws AlreadyRunning when another has it. */
export async function openLocalOperator(
  io: Io,
  options: { readonly port: number; readonly onError: (error: unknown) => void },
): Promise<LocalOperator> {
  const folders = foldersIn(io.state);
  const config = localConfig(io.env);
  mkdirSync(io.state, { recursive: true });
  let lock: Lock | undefined;
  const giveBack = () => {
    lock?.release();
    removeWhenEmpty(io.state);
  };
  try {
    lock = takeLock(folders.lock);
    const log = createLogger({ level: config.logLevel, file: folders.operatorLog });
    const { now } = io;
    const cluster = openLocalCluster({ root: io.state, now, log, runsPods: true, admit });
    const token = randomBytes(32).toString('base64url');
    const operator = await createOperator({
      cluster,
      settings: config.settings,
      now,
      log,
      progressIntervalMs: config.progressIntervalMs,
      listen: { host: '127.0.0.1', port: 0 },
      onError: options.onError,
      extend: (app) => addControlRoutes(app, cluster, token),
    });
    lock.publish({ url: operator.url, token });
    const node = cluster.node({
      program: config.trainer,
      // A person watches: a second between two reports, not the ten of a cluster.
      env: () => ({ WIKIGPT_PROGRESS_SECONDS: '1', ...definedIn(io.env), WIKIGPT_ENDPOINT: operator.url }),
      servicePort: options.port,
      onError: options.onError,
    });
    let started = false;
    return {
      cluster,
      reserve: () => node.reserve(),
      start: async () => {
        started = true;
        await node.start();
        await operator.start();
      },
      whenIdle: () => operator.whenIdle(),
      stop: async () => {
        if (started) await node.drain();
        await operator.whenIdle();
        await operator.stop();
        await node.stop();
        giveBack();
      },
      kill: () => node.kill(),
    };
  } catch (error) {
    giveBack();
    throw error;
  }
}

/** A run that came to nothing leaves nothing. */
function removeWhenEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Something is in it, which is as it should be.
  }
}

/** What the API server would refuse is refused here too, whoever writes it. */
function admit(next: AnyObject, previous: AnyObject | undefined): void {
  if (!isApiObject(next)) return;
  const checked = validateManifest(next, previous as Parameters<typeof validateManifest>[1]);
  if (!checked.ok)
    throw new OperatorError('ManifestInvalid', `${next.kind} ${next.metadata.name}: ${checked.problems.join('; ')}`);
}

function definedIn(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
