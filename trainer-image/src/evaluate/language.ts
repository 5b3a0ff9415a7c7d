import type { Language } from '@wikigpt/schema/catalog.ts';

const han = /\p{Script=Han}/gu;
const letter = /\p{L}/gu;

/** One Chinese character says about as much as a short word, so a text is Chinese well before half of its letters are. */
const chineseShare = 0.3;

/** The language to score texts in: Chinese when at least 30 % of their letters are Chinese characters, else English. */
export function detectLanguage(texts: Iterable<string>): Language {
  let characters = 0;
  let letters = 0;
  for (const text of texts) {
    characters += text.match(han)?.length ?? 0;
    letters += text.match(letter)?.length ?? 0;
  }
  return letters > 0 && characters / letters >= chineseShare ? 'zh' : 'en';
}
