import type { Language } from '@wikigpt/schema/catalog.ts';
import { splitWords, trim } from './words.ts';

const asciiPunctuation = /[!-/:-@[-`{-~]/g;
/** Articles as whole words; JavaScript's `\b` knows ASCII letters only and would cut "café" at the é. */
const articles = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;

/** The marks the CMRC 2018 script drops. It also lists "……", which no single character equals, so ellipses stay. */
const chineseMarks = /[-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』]/gu;

/** An English answer as SQuAD compares it: lower case, no ASCII punctuation, no articles, single spaces. */
function normaliseEnglish(text: string): string {
  return splitWords(text.toLowerCase().replace(asciiPunctuation, '').replace(articles, ' ')).join(' ');
}

/** A Chinese answer as CMRC 2018 compares it: lower case, no listed marks. */
function normaliseChinese(text: string): string {
  return trim(text.toLowerCase()).replace(chineseMarks, '');
}

/** Chinese characters one by one, runs of other letters and digits whole, any other mark alone. */
const chineseSegments =
  /\p{Script=Han}|(?:(?!\p{Script=Han})[\p{L}\p{N}\p{M}])+(?:[.,'](?:(?!\p{Script=Han})[\p{L}\p{N}\p{M}])+)*|\S/gu;

/** How answers of each language are made comparable (`text`) and cut into the units that F1 counts (`segments`). */
export const answerRules: Readonly<
  Record<Language, { text(answer: string): string; segments(answer: string): string[] }>
> = {
  en: { text: normaliseEnglish, segments: (answer) => splitWords(normaliseEnglish(answer)) },
  zh: { text: normaliseChinese, segments: (answer) => normaliseChinese(answer).match(chineseSegments) ?? [] },
};
