// The operator as a pod runs it, told by its environment where the ServiceAccount of the pod would be mounted.
import { inClusterCredentials } from '../../operator/src/cluster/kube/in-cluster.ts';
import { createLogger } from '../../operator/src/log.ts';
import { runOperatorService } from '../../operator/src/service/operator-service.ts';
import { serviceConfig } from '../../operator/src/service/service-config.ts';

const { env } = process;
const config = serviceConfig(env);
const service = await runOperatorService({
  config,
  env,
  now: () => new Date(),
  random: Math.random,
  log: createLogger({ level: config.logLevel }),
  credentials: inClusterCredentials(env['BENCH_SERVER'] ?? '', env['BENCH_SERVICE_ACCOUNT']),
});
process.once('SIGTERM', () => void service.stop().then(() => process.exit(0)));
process.stdin.resume().once('end', () => process.exit());
