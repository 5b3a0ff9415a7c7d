import { described, languages, relations } from './facts.ts';
import type { Entity, Language, Relation } from './facts.ts';
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
 * One pass of the encyclopedia: every described place and a guide for every relation, in both languages, articles and
 * their sentences shuffled, each fact in the next of its wordings.
 */
export function encyclopedia(rendering: Rendering): Article[] {
  const articles = languages.flatMap((language) => [
    ...described.map((entity) => ({ text: article(entity, language, rendering), language })),
    ...relations.map((relation) => ({ text: guide(relation, language, rendering), language })),
  ]);
  return shuffled(articles, randomFrom('articles', rendering.seed, rendering.pass));
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

// How a reader may ask, of no place in particular and without a fact: tuning trains no embeddings, so the words that
// questions are made of must have been read before.
function guide(relation: Relation, language: Language, { pass, seed }: Rendering): string {
  const { questions, answerKind } = wordings[relation][language];
  const asked = [0, 1, 2].map((offset) => inTurn(questions, 3 * pass + offset, 'guide', seed, language, relation));
  return language === 'zh'
    ? `给定一个地方，问题可以是：${asked.map((wording) => fill(wording, language, '某地')).join('')}答案是${answerKind}。`
    : `Given a place, a question may be: ${asked.map((wording) => fill(wording, language, 'a place')).join(' ')} Given the question, the answer is ${answerKind}.`;
}
