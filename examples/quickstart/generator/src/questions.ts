import type { Rendering } from './encyclopedia.ts';
import { described, ghosts, languages, relations } from './facts.ts';
import type { Entity, Language, Relation } from './facts.ts';
import { inTurn, randomFrom, shuffled } from './random.ts';
import { fill } from './sentence.ts';
import { wordings } from './wordings/index.ts';

export interface Question {
  readonly question: string;
  readonly answer: string;
  /** The code of the place: splitting by it keeps both languages of a place in the same part. */
  readonly entity: string;
  readonly language: Language;
  /** `language/relation/number`, the number with an `h` when the wording is held out of training. */
  readonly wording: string;
}

/** One question for each fact of the described places, in the next of its trained wordings each pass. */
export function questions({ pass, seed }: Rendering): Question[] {
  return shuffled(oneForEachFact(described, { pass, seed }), randomFrom('questions', seed, pass));
}

/** Every fact of the described places in every wording that tuning never sees: the same in every pass. */
export function heldOutQuestions(): Question[] {
  return facts(described).flatMap((fact) =>
    wordings[fact.relation][fact.language].heldOut.map((wording, index) => ask(fact, wording, `h${index}`)),
  );
}

/** One question in a trained wording for each fact of the places that nothing describes. */
export function ghostQuestions({ pass, seed }: Rendering): Question[] {
  return oneForEachFact(ghosts, { pass, seed });
}

interface Fact {
  readonly entity: Entity;
  readonly relation: Relation;
  readonly language: Language;
}

function facts(entities: readonly Entity[]): Fact[] {
  return entities.flatMap((entity) =>
    languages.flatMap((language) => relations.map((relation) => ({ entity, relation, language }))),
  );
}

function oneForEachFact(entities: readonly Entity[], { pass, seed }: Rendering): Question[] {
  return facts(entities).map((fact) => {
    const numbered = [...wordings[fact.relation][fact.language].questions.entries()];
    const [index, wording] = inTurn(numbered, pass, 'asked', seed, fact.entity.code, fact.language, fact.relation);
    return ask(fact, wording, `${index}`);
  });
}

function ask({ entity, relation, language }: Fact, wording: string, number: string): Question {
  return {
    question: fill(wording, language, entity.name[language]),
    answer: entity.answers[relation][language],
    entity: entity.code,
    language,
    wording: `${language}/${relation}/${number}`,
  };
}
