import winston from 'winston';

export type Logger = Pick<winston.Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** Structured log lines on standard error, one JSON object a line, so that standard output stays for results. */
export function createLogger(level: string, fields: Record<string, string>): Logger {
  return winston.createLogger({
    level,
    defaultMeta: fields,
    format: winston.format.combine(
      winston.format.timestamp(),
      winston.format.errors({ stack: true }),
      winston.format.json(),
    ),
    transports: [new winston.transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] })],
  });
}

/** A logger that says nothing, for library use and tests. */
export const silent: Logger = winston.createLogger({ silent: true });
