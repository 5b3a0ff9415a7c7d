/** Every failure that the operator or its command line can name, with the command line's exit code. */
export const operatorErrors = {
  Usage: { exitCode: 2 },
  ManifestInvalid: { exitCode: 2 },
  SpecImmutable: { exitCode: 2 },
  NotFound: { exitCode: 1 },
  NotServing: { exitCode: 1 },
  ResourceFailed: { exitCode: 1 },
  PortInUse: { exitCode: 3 },
  DiskFull: { exitCode: 3 },
  PermissionDenied: { exitCode: 3 },
  AlreadyRunning: { exitCode: 3 },
  StoreCorrupt: { exitCode: 3 },
  TrainerMissing: { exitCode: 3 },
  ClusterUnreachable: { exitCode: 3 },
  ClusterRefused: { exitCode: 1 },
  NotLeading: { exitCode: 1 },
  Internal: { exitCode: 70 },
} as const satisfies Record<string, { exitCode: number }>;

export type OperatorErrorCode = keyof typeof operatorErrors;

/** An expected failure; its message says what was found, what was expected and what to do. */
export class OperatorError extends Error {
  readonly code: OperatorErrorCode;

  constructor(code: OperatorErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'OperatorError';
    this.code = code;
  }
}

const byErrno: Readonly<Record<string, { code: OperatorErrorCode; advice: string }>> = {
  ENOSPC: { code: 'DiskFull', advice: 'The disk is full. Free some space, then run the same command again' },
  EDQUOT: { code: 'DiskFull', advice: 'The disk quota is used up. Free some space, then run the same command again' },
  EACCES: { code: 'PermissionDenied', advice: 'No permission. Make the folder writable, or run in another folder' },
  EPERM: { code: 'PermissionDenied', advice: 'No permission. Make the folder writable, or run in another folder' },
  EROFS: { code: 'PermissionDenied', advice: 'The file system is read-only. Run in a folder that can be written' },
  EMFILE: { code: 'PermissionDenied', advice: 'Too many open files. Raise the limit (ulimit -n), then run again' },
  EEXIST: { code: 'Usage', advice: 'A file stands where a folder is needed. Move it away, then run again' },
  EISDIR: { code: 'Usage', advice: 'A folder stands where a file is needed. Name a file' },
  ENOTDIR: { code: 'Usage', advice: 'A file stands where a folder is needed. Move it away, then run again' },
};

/** Turns anything thrown into an OperatorError: system errors get their advice, unknown ones become Internal. */
export function asOperatorError(error: unknown): OperatorError {
  if (error instanceof OperatorError) return error;
  if (!(error instanceof Error)) return new OperatorError('Internal', String(error));
  const { code: errno, path } = error as NodeJS.ErrnoException;
  const known = errno === undefined ? undefined : byErrno[errno];
  if (known)
    return new OperatorError(known.code, `${path === undefined ? '' : `${path}: `}${known.advice}.`, { cause: error });
  return new OperatorError('Internal', error.message, { cause: error });
}
