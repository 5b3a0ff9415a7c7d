import { detectLanguage } from '../evaluate/language.ts';
import type { Bilingual, PromptStyle } from './served-model.ts';

/** report.json of an artifact, as far as the page speaks of it; anything may be missing. */
type Report = Readonly<Record<string, unknown>> | null;

const small = 50_000_000;

/** One honest paragraph on what to expect of the answers, with the measured score where there is one. */
export function noticeOf(style: PromptStyle, parameters: number, report: Report): Bilingual {
  const score = exactMatchOf(report);
  const percent = score === undefined ? '' : `${Math.round(score * 100)}%`;
  const size: Bilingual =
    parameters < small
      ? { zh: '这是一个很小的模型：', en: 'This is a very small model: ' }
      : { zh: '这是一个语言模型：', en: 'This is a language model: ' };
  if (style.kind !== 'question')
    return {
      zh: `${size.zh}它按读过的文字续写，常常说得流利却并不正确。请核对重要的信息。`,
      en: `${size.en}it goes on from what it read, and is often fluently wrong. Check what matters.`,
    };
  return {
    zh:
      `${size.zh}它查找训练时读过的事实，换一种问法就可能答错，而且错的时候同样流利。` +
      (percent ? `在没有练习过的测试题中，它完全答对了 ${percent}。` : '') +
      '请核对重要的信息。',
    en:
      `${size.en}it looks up facts it read, may fail when a question is worded differently, and is just as fluent when it is wrong. ` +
      (percent ? `It answered ${percent} of its test questions exactly right. ` : '') +
      'Check what matters.',
  };
}

function exactMatchOf(report: Report): number | undefined {
  const { scores } = (report?.['evaluation'] ?? {}) as { scores?: readonly { metric?: unknown; value?: unknown }[] };
  const found = scores?.find(({ metric }) => metric === 'ExactMatch');
  const value = Number(found?.value ?? Number.NaN);
  return value >= 0 && value <= 1 ? value : undefined;
}

const perLanguage = 3;
/** Longer ones do not fit a button on a phone. */
const longest = 45;

/** Questions to try: test questions of the report, recovered from their prompts, the first few short ones of each language. */
export function sampleQuestions(
  templates: Readonly<Record<string, string>>,
  report: Report,
): { readonly zh: readonly string[]; readonly en: readonly string[] } {
  const samples = { zh: [] as string[], en: [] as string[] };
  const asked = (report?.['samples'] ?? []) as readonly { prompt?: unknown; set?: unknown }[];
  for (const { prompt, set } of asked) {
    if (set !== 'test' || typeof prompt !== 'string') continue;
    const question = questionIn(prompt, Object.values(templates));
    if (question === undefined || question.length > longest) continue;
    const list = samples[detectLanguage([question])];
    if (list.length < perLanguage && !list.includes(question)) list.push(question);
  }
  return samples;
}

function questionIn(prompt: string, templates: readonly string[]): string | undefined {
  for (const template of templates) {
    const [before = '', after = ''] = template.split(/\{\{\s*question\s*\}\}/u);
    if (prompt.startsWith(before) && prompt.endsWith(after) && prompt.length > before.length + after.length)
      return prompt.slice(before.length, prompt.length - after.length);
  }
  return undefined;
}
