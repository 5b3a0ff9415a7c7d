import { describe, expect, it } from 'vitest';
import { described, ghosts, languages, relations } from './facts.ts';
import { ghostQuestions, heldOutQuestions, questions } from './questions.ts';
import { wordings } from './wordings/index.ts';

const seed = 7;

describe('questions', () => {
  it('are the same bytes for the same pass and seed, and in another order and wording in the next pass', () => {
    expect(JSON.stringify(questions({ pass: 2, seed }))).toBe(JSON.stringify(questions({ pass: 2, seed })));
    const [first, second] = [0, 1].map((pass) => questions({ pass, seed }));
    expect(first?.map((record) => record.entity)).not.toEqual(second?.map((record) => record.entity));
    const asked = new Set(first?.map((record) => record.question));
    expect(second?.some((record) => asked.has(record.question))).toBe(false);
  });

  it('ask for every fact once each pass', () => {
    const asked = new Set(questions({ pass: 0, seed }).map(fact));
    expect(asked.size).toBe(described.length * relations.length * languages.length);
    expect(questions({ pass: 0, seed })).toHaveLength(asked.size);
  });

  it('keep both languages of a place under one entity, so that a split by entity parts the facts too', () => {
    const test = new Set(described.filter((_, index) => index % 5 === 0).map((entity) => entity.code));
    const [inside, outside] = [true, false].map((wanted) =>
      questions({ pass: 0, seed }).filter((record) => test.has(record.entity) === wanted),
    );
    const names = described.filter((entity) => test.has(entity.code)).map((entity) => entity.name.zh);
    expect(inside).toHaveLength(test.size * relations.length * languages.length);
    expect(outside?.some((record) => names.some((name) => new RegExp(`^(请问)?${name}的`).test(record.question)))).toBe(
      false,
    );
  });
});

describe('held-out questions', () => {
  it('share no wording and no text with trained questions', () => {
    const trained = Array.from({ length: 10 }, (_, pass) => questions({ pass, seed })).flat();
    const [ids, texts] = [new Set(trained.map((r) => r.wording)), new Set(trained.map((r) => r.question))];
    for (const record of heldOutQuestions()) {
      expect(ids.has(record.wording)).toBe(false);
      expect(texts.has(record.question)).toBe(false);
    }
    expect(new Set(heldOutQuestions().map((record) => record.wording)).size).toBe(
      relations.length * languages.length * 2,
    );
  });

  it('are templates that no list of trained wordings holds', () => {
    for (const relation of relations) {
      for (const language of languages) {
        const { questions: trained, heldOut, statements } = wordings[relation][language];
        expect(trained.length).toBeGreaterThanOrEqual(6);
        expect(new Set([...trained, ...heldOut, ...statements]).size).toBe(
          trained.length + heldOut.length + statements.length,
        );
      }
    }
  });
});

describe('ghost questions', () => {
  it('ask trained wordings of twenty places that no other question names', () => {
    expect(new Set(ghostQuestions({ pass: 0, seed }).map((record) => record.entity)).size).toBe(20);
    const known = [...questions({ pass: 0, seed }), ...heldOutQuestions()];
    const ghostCodes = new Set(ghosts.map((entity) => entity.code));
    expect(known.some((record) => ghostCodes.has(record.entity))).toBe(false);
    for (const ghost of ghosts) {
      for (const language of languages) {
        expect(known.some((record) => record.question.includes(ghost.name[language]))).toBe(false);
      }
    }
  });
});

function fact(record: { entity: string; language: string; wording: string }): string {
  return `${record.entity} ${record.language} ${record.wording.split('/')[1]}`;
}
