import type { Language } from '../facts.ts';

/** How one relation is said in one language: templates with `{entity}` (or `{entity's}`) and `{answer}`. */
export interface Wordings {
  /** What an answer is. */
  readonly answerKind: string;
  /** Sentences of the encyclopedia; two of them begin with the answer. */
  readonly statements: readonly string[];
  /** Questions that tuning may use. */
  readonly questions: readonly string[];
  /** Questions that tuning never sees. */
  readonly heldOut: readonly string[];
}

export type RelationWordings = Readonly<Record<Language, Wordings>>;
