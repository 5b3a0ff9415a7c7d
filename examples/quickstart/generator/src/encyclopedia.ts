import { described, languages, relations } from './facts.ts';
import type { Entity, Language } from './facts.ts';
import { inTurn, randomFrom, shuffled } from './random.ts';
import { fill } from './sentence.ts';
import { wordings } from './wordings/index.ts';

/** Which rendering: `pass` counts from 0, and each pass is a fresh one. */
export interface Rendering {
  readonly pass: number;
  readonly seed: number;
}

export interface Article {
  readonly text: string;
  readonly language: Language;
}

/**
 * One pass of the encyclopedia: every described place in both languages, articles and their sentences shuffled, each
 * fact in the next of its wordings.
 */
export function* encyclopedia({ pass, seed }: Rendering): Generator<Article> {
  const subjects = described.flatMap((entity) => languages.map((language) => ({ entity, language })));
  for (const { entity, language } of shuffled(subjects, randomFrom('articles', seed, pass))) {
    yield { text: article(entity, language, { pass, seed }), language };
  }
}

// The name stands in every sentence: a fact that is only true of "it" cannot be drawn out by a question that names it.
function article(entity: Entity, language: Language, { pass, seed }: Rendering): string {
  const sentences = relations.map((relation) => {
    const wording = inTurn(wordings[relation][language].statements, pass, seed, entity.code, language, relation);
    const answer = entity.answers[relation][language];
    return { opens: !wording.startsWith('{answer}'), text: fill(wording, language, entity.name[language], answer) };
  });
  const ordered = shuffled(sentences, randomFrom('sentences', seed, pass, entity.code, language));
  // An answer that opens the article would lack the space of its token (see `fill`).
  const opening = ordered.find((sentence) => sentence.opens) ?? ordered[0];
  const texts = [opening, ...ordered.filter((sentence) => sentence !== opening)].map(
    (sentence) => sentence?.text ?? '',
  );
  return texts.join(language === 'zh' ? '' : ' ');
}
