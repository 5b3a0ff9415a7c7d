import winston from 'winston';

export type Logger = Pick<winston.Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** Structured lines, one JSON object each, on standard error or appended to `file`. */
export function createLogger(options: { level: string; file?: string }): Logger {
  const logger = winston.createLogger({
    level: options.level,
    format: winston.format.combine(
      winston.format.timestamp(),
      winston.format.errors({ stack: true }),
      winston.format.json(),
    ),
    transports: [
      options.file === undefined
        ? new winston.transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] })
        : new winston.transports.File({
            filename: options.file,
            maxsize: 10_000_000,
            maxFiles: 2,
            tailable: true,
            lazy: true,
          }),
    ],
  });
  // A log that cannot be written, as on a full disk, must not end what it is about.
  logger.on('error', () => undefined);
  return logger;
}

/** A logger that says nothing, for library use and tests. */
export const silent: Logger = winston.createLogger({ silent: true, transports: [] });
