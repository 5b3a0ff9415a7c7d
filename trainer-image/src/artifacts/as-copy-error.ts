import { asTrainerError, TrainerError } from '../errors.ts';

/** What a failed copy means where that is the same for every store; undefined where the store's own words are needed. */
export function asCopyError(error: unknown, uri: string, signal: AbortSignal): TrainerError | undefined {
  if (error instanceof TrainerError) return error;
  const failure = (code: 'Cancelled' | 'InvalidSpec', sentence: string): TrainerError =>
    new TrainerError(code, `${uri}: ${sentence}.`, { cause: error });
  if (signal.aborted) return failure('Cancelled', 'the copy was stopped; the next run goes on from there');
  const { code, message = '' } = error as { readonly code?: string; readonly message?: string };
  if (code !== undefined && /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/.test(code))
    return failure(
      'InvalidSpec',
      `its certificate is not trusted (${message}); put its authority into the Secret as ca.crt`,
    );
  const system = asTrainerError(error);
  return system.code === 'TrainerFailed' ? undefined : system;
}
