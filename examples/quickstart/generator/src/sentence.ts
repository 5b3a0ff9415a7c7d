import type { Language } from './facts.ts';

/**
 * Fills `{entity}`, `{entity's}` and `{answer}` of a wording.
 *
 * Latin answers have a space before them in Chinese too, as the trainer puts one between a prompt and a Latin answer: a
 * byte-level tokenizer keeps that space in the token, and with it " Paris" is the same token in both languages,
 * in sentences and in answers.
 */
export function fill(wording: string, language: Language, name: string, answer = ''): string {
  if (language === 'zh') return wording.replace('{entity}', name).replace(/(.?)\{answer\}(.?)/u, spacedAnswer(answer));
  const entity = needsArticle(name) ? `the ${name}` : name;
  const filled = wording
    .replace("{entity's}", `${entity}${entity.endsWith('s') ? "'" : "'s"}`)
    .replace('{entity}', entity)
    .replace('{answer}', answer);
  return filled.charAt(0).toUpperCase() + filled.slice(1);
}

function spacedAnswer(answer: string): (match: string, before: string, after: string) => string {
  return (_, before, after) =>
    isLatin(answer) ? `${before} ${answer}${/[。，？]/u.test(after) ? '' : ' '}${after}` : `${before}${answer}${after}`;
}

function isLatin(text: string): boolean {
  return !/\p{Script=Han}/u.test(text);
}

// Names of groups and unions take the article in English running text.
function needsArticle(name: string): boolean {
  return /^(United|Republic|Democratic|Dominican|Central African)|^(Bahamas|Comoros|Gambia|Maldives|Netherlands|Philippines|Seychelles)$|^Isle|(Islands|Territory|Territories)$/u.test(
    name,
  );
}
