import { describe, expect, it } from 'vitest';
import { encyclopedia } from './encyclopedia.ts';
import { described, ghosts, languages, relations } from './facts.ts';
import { fill } from './sentence.ts';
import { wordings } from './wordings/index.ts';

const seed = 7;
const render = (pass: number, chosenSeed = seed) => [...encyclopedia({ pass, seed: chosenSeed })];
const wholeText = (passes: number) =>
  Array.from({ length: passes }, (_, pass) => render(pass).map((article) => article.text)).flat();

describe('encyclopedia', () => {
  it('writes the same bytes for the same pass and seed', () => {
    expect(JSON.stringify(render(3))).toBe(JSON.stringify(render(3)));
  });

  it('orders and words a pass differently from the pass before, and from the same pass of another seed', () => {
    for (const other of [render(1), render(0, seed + 1)]) {
      const texts = new Set(other.map((article) => article.text));
      expect(render(0).filter((article) => texts.has(article.text)).length).toBeLessThan(described.length / 10);
    }
    const subjects = (pass: number) => render(pass).map((article) => article.language);
    expect(subjects(0)).not.toEqual(subjects(1));
  });

  it('interleaves Chinese and English: no long run of either', () => {
    const runs = render(0)
      .map((article) => (article.language === 'zh' ? 'z' : 'e'))
      .join('')
      .match(/(.)\1*/g);
    expect(Math.max(...(runs ?? []).map((run) => run.length))).toBeLessThan(20);
  });

  it('says every fact in at least seven wordings, two of them with the answer first, within nine passes', () => {
    const sentences = new Set(wholeText(9).flatMap((text) => text.split(/(?<=\.) (?=\S)|(?<=。)/u).map(trimmed)));
    for (const entity of described) {
      for (const relation of relations) {
        for (const language of languages) {
          const said = wordings[relation][language].statements.filter((wording) =>
            appears(fill(wording, language, entity.name[language], entity.answers[relation][language]), sentences),
          );
          expect(said.length, `${entity.code} ${relation} ${language}`).toBeGreaterThanOrEqual(7);
          expect(said.filter((wording) => wording.startsWith('{answer}'))).toHaveLength(2);
        }
      }
    }
  });

  it('repeats the name in every sentence', () => {
    for (const relation of relations) {
      for (const language of languages) {
        for (const wording of wordings[relation][language].statements) expect(wording).toMatch(/\{entity('s)?\}/);
      }
    }
  });

  it('opens no article with an answer', () => {
    const names = new Set(described.map((entity) => entity.name.en));
    const capitals = new Set(
      described.map((entity) => entity.answers.capital.en).filter((capital) => !names.has(capital)),
    );
    for (const text of wholeText(4)) expect(capitals.has(text.split(' is ')[0] ?? '')).toBe(false);
  });

  it('guides the reader in every relation, with words of trained questions and no fact', () => {
    const guides = render(0).filter(({ text }) => /^(给定|Given)/u.test(text));
    expect(guides).toHaveLength(relations.length * languages.length);
    const names = described.flatMap((entity) => languages.map((language) => entity.name[language]));
    for (const { text } of guides) expect(names.some((name) => text.includes(name))).toBe(false);
  });

  it('holds no question of a held-out wording', () => {
    const text = wholeText(4).join('\n');
    for (const relation of relations) {
      for (const language of languages) {
        for (const wording of wordings[relation][language].heldOut) {
          for (const name of [language === 'zh' ? '某地' : 'a place', ...described.map((e) => e.name[language])]) {
            expect(text.includes(fill(wording, language, name))).toBe(false);
          }
        }
      }
    }
  });

  it('never names a ghost', () => {
    const text = wholeText(9).join('\n');
    for (const ghost of ghosts) {
      for (const language of languages) expect(text).not.toContain(ghost.name[language]);
    }
  });
});

function trimmed(sentence: string): string {
  return sentence.trim();
}

// A sentence whose name or answer holds a full stop (St. George's) is split by the test; it is looked for by its end.
function appears(sentence: string, sentences: ReadonlySet<string>): boolean {
  const parts = sentence.split(/(?<=\.) (?=\S)/u).map(trimmed);
  return parts.every((part) => sentences.has(part));
}
