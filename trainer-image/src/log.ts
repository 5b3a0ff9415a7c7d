import winston from 'winston';

export type Logger = Pick<winston.Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** JSON leaves an error's message and stack out unless they are named. */
const described = winston.format((line) => {
  const { error } = line;
  if (error instanceof Error) line['error'] = { name: error.name, message: error.message, stack: error.stack };
  return line;
});

/** Structured log lines on standard error, one JSON object a line, so that standard output stays for results. */
export function createLogger(level: string, fields: Record<string, string>): Logger {
  return winston.createLogger({
    level,
    defaultMeta: fields,
    format: winston.format.combine(winston.format.timestamp(), described(), winston.format.json()),
    transports: [new winston.transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] })],
  });
}

/** A logger that says nothing, for library use and tests. */
export const silent: Logger = winston.createLogger({ silent: true });
