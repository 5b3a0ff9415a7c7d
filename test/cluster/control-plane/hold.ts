// Starts a control plane, says where, and waits to be killed: the test looks at what is left then.
import { silent } from '../../../operator/src/log.ts';
import { findKubeBinaries } from '../../../scripts/kube-binaries/find-programs.ts';
import { startControlPlane } from './control-plane.ts';

const binaries = await findKubeBinaries({ environment: process.env, print: (line) => console.error(line) });
if ('missing' in binaries) throw new Error(binaries.missing);
const controlPlane = await startControlPlane({ binaries, logger: silent });
const pids = (['etcd', 'kube-apiserver'] as const).map((program) => controlPlane.pid(program));
console.log(JSON.stringify({ folder: controlPlane.address.folder, pids }));
setInterval(() => undefined, 60_000);
