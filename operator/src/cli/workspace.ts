import { existsSync } from 'node:fs';
import { foldersIn } from '../cluster/local/folders.ts';
import { openLocalCluster, type LocalCluster } from '../cluster/local/local-cluster.ts';
import { lockHolder } from '../cluster/local/lock.ts';
import { OperatorError } from '../errors.ts';
import { silent } from '../log.ts';
import { warn, type Io } from './io.ts';

/** The objects as they are on disk at this moment, to read only: whoever runs them may go on writing. */
export function readWorkspace(io: Io): LocalCluster {
  if (!existsSync(io.state))
    throw new OperatorError(
      'NotFound',
      `There is nothing here yet (no ${io.state}). Start with: wikigpt up -f examples/quickstart`,
    );
  return openLocalCluster({ root: io.state, now: io.now, log: silent, runsPods: false });
}

/** Whether a process works on the objects at this moment. */
export function isRunningHere(io: Io): boolean {
  return lockHolder(foldersIn(io.state).lock) !== undefined;
}

/** Says, beside a result and not in it, that states are those of the last run. */
export function noteWhenStopped(io: Io): void {
  if (!isRunningHere(io))
    warn(io, '(nothing runs at the moment: states are those of the last run; go on with wikigpt up)');
}
