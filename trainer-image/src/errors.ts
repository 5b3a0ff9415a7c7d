/** Every failure a trainer process can name: its exit code, and whether the same input could succeed when tried again. */
export const trainerErrors = {
  InvalidSpec: { exitCode: 64, retryable: false },
  DataInvalid: { exitCode: 65, retryable: false },
  DigestMismatch: { exitCode: 66, retryable: false },
  ModelIncompatible: { exitCode: 67, retryable: false },
  OutOfMemory: { exitCode: 68, retryable: false },
  LossDiverged: { exitCode: 69, retryable: false },
  TrainerFailed: { exitCode: 70, retryable: true },
  CheckpointCorrupt: { exitCode: 71, retryable: false },
  ExportUnverified: { exitCode: 72, retryable: false },
  DiskFull: { exitCode: 73, retryable: false },
  PermissionDenied: { exitCode: 77, retryable: false },
  PortInUse: { exitCode: 78, retryable: false },
  UnknownMetric: { exitCode: 64, retryable: false },
  GraphInvalid: { exitCode: 70, retryable: true },
  Cancelled: { exitCode: 143, retryable: true },
} as const satisfies Record<string, { exitCode: number; retryable: boolean }>;

export type TrainerErrorCode = keyof typeof trainerErrors;

/** An expected failure; its message says what was found, what was expected and what to do. */
export class TrainerError extends Error {
  readonly code: TrainerErrorCode;

  constructor(code: TrainerErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'TrainerError';
    this.code = code;
  }
}

const byErrno: Record<string, { code: TrainerErrorCode; advice: string }> = {
  ENOSPC: { code: 'DiskFull', advice: 'the disk is full; free space or use a larger volume, then run again' },
  EDQUOT: { code: 'DiskFull', advice: 'the disk quota is used up; raise it or use a larger volume, then run again' },
  EACCES: { code: 'PermissionDenied', advice: 'no permission; make the folder writable for this user' },
  EPERM: { code: 'PermissionDenied', advice: 'no permission; make the folder writable for this user' },
  EROFS: { code: 'PermissionDenied', advice: 'the file system is read-only; use a writable volume' },
};

/** Turns anything thrown into a TrainerError: system errors get their advice, unknown ones become TrainerFailed. */
export function asTrainerError(error: unknown): TrainerError {
  if (error instanceof TrainerError) return error;
  if (!(error instanceof Error)) return new TrainerError('TrainerFailed', String(error));
  const { code: errno, path } = error as NodeJS.ErrnoException;
  const known = errno === undefined ? undefined : byErrno[errno];
  if (known) return new TrainerError(known.code, `${path ?? 'a file'}: ${known.advice}.`, { cause: error });
  if (/bad_alloc|Failed to allocate memory|out of memory/i.test(error.message))
    return new TrainerError(
      'OutOfMemory',
      `Memory ran out: ${error.message}. Use a smaller batch, a shorter sequenceLength or more memory.`,
      { cause: error },
    );
  return new TrainerError('TrainerFailed', error.message, { cause: error });
}
