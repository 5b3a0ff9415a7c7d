/** The operator as a process of its own that kills itself, as kill -9 would, right after the API server has taken its n-th write. */
import { inClusterCredentials } from '../../../operator/src/cluster/kube/in-cluster.ts';
import { createLogger } from '../../../operator/src/log.ts';
import { runOperatorService } from '../../../operator/src/service/operator-service.ts';
import { serviceConfig } from '../../../operator/src/service/service-config.ts';

const { env } = process;
const killAfter = Number(env['TEST_KILL_AFTER_WRITES'] ?? 'Infinity');
let writes = 0;

const service = await runOperatorService({
  config: serviceConfig(env),
  env,
  now: () => new Date(),
  random: Math.random,
  log: createLogger({ level: 'info' }),
  credentials: inClusterCredentials(env['TEST_SERVER'] ?? '', env['TEST_SERVICE_ACCOUNT']),
  election: { leaseSeconds: 3, renewDeadlineMs: 2_000, retryMs: 200 },
  onAttempt: ({ method, path, status }) => {
    if (method === 'GET' || status === undefined || /\/(leases|tokenreviews)\b/.test(path)) return;
    writes += 1;
    process.stdout.write(`write ${method} ${path} ${status}\n`);
    if (writes === killAfter) process.kill(process.pid, 'SIGKILL');
  },
});
process.stdout.write(`url ${service.url}\n`);
process.once('SIGTERM', () => void service.stop().then(() => process.exit(0)));
