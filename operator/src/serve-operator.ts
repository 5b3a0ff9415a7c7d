#!/usr/bin/env node
import { asOperatorError, operatorErrors } from './errors.ts';
import { createLogger } from './log.ts';
import { runOperatorService } from './service/operator-service.ts';
import { serviceConfig } from './service/service-config.ts';

/** The operator as a service of a cluster, configured by its environment; ends well on SIGTERM and SIGINT. */
async function serveOperator(): Promise<void> {
  const config = serviceConfig(process.env);
  const log = createLogger({ level: config.logLevel });
  const service = await runOperatorService({
    config,
    env: process.env,
    now: () => new Date(),
    random: Math.random,
    log,
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      log.info('stops', { signal });
      service.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          log.error('did not stop well', { error });
          process.exit(1);
        },
      );
    });
}

try {
  await serveOperator();
} catch (thrown) {
  const { code, message } = asOperatorError(thrown);
  process.stderr.write(`${code}: ${message}\n`);
  // What was begun, such as the wish to lead, would keep the process alive.
  process.exit(operatorErrors[code].exitCode);
}
