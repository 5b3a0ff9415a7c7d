import path from 'node:path';

/** Where a cluster without a cluster keeps things; everything lies under one folder, `.wikigpt`. */
export interface Folders {
  readonly root: string;
  readonly objects: string;
  readonly lock: string;
  readonly operatorLog: string;
  readonly pods: string;
  /** What the containers of a pod see as `/`. */
  readonly pod: (namespace: string, pod: string) => string;
  readonly log: (namespace: string, pod: string) => string;
  readonly previousLog: (namespace: string, pod: string) => string;
  readonly volume: (namespace: string, claim: string) => string;
  /** A record for each child process, so that the next start knows what the last one left. */
  readonly processes: string;
}

/** The layout under a folder; paths are absolute, since pods work in folders of their own. */
export function foldersIn(folder: string): Folders {
  const root = path.resolve(folder);
  const at = (...parts: string[]) => path.join(root, ...parts);
  return {
    root,
    objects: at('objects'),
    lock: at('lock.json'),
    operatorLog: at('operator.log'),
    pods: at('pods'),
    pod: (namespace, pod) => at('pods', namespace, pod),
    log: (namespace, pod) => at('logs', namespace, `${pod}.log`),
    previousLog: (namespace, pod) => at('logs', namespace, `${pod}.previous.log`),
    volume: (namespace, claim) => at('volumes', namespace, claim),
    processes: at('processes'),
  };
}
