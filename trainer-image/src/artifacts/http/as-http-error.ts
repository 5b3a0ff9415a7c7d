import { TrainerError } from '../../errors.ts';
import { asCopyError } from '../as-copy-error.ts';
import { HttpRefusal } from './open-url.ts';

/** A code, and what is said behind the address. */
export type Meaning = readonly [code: TrainerError['code'], sentence: string];

/** What a failed call of a store that speaks HTTP means: what all stores share, else what its own words for it are. */
export function asHttpError(
  error: unknown,
  { uri, signal }: { readonly uri: string; readonly signal: AbortSignal },
  says: {
    /** Without an answer: the sentence for what went wrong on the way. */
    readonly silent: (message: string) => string;
    readonly refused: (refusal: HttpRefusal) => Meaning;
  },
): TrainerError {
  const known = asCopyError(error, uri, signal);
  if (known) return known;
  const [code, sentence]: Meaning =
    error instanceof HttpRefusal
      ? says.refused(error)
      : ['TrainerFailed', says.silent(error instanceof Error ? error.message : String(error))];
  return new TrainerError(code, `${uri} ${sentence}.`, { cause: error });
}
