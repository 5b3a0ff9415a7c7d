/**
 * Porter's suffix stripping (Program 14(3), 1980) with the extensions of NLTK's default mode, which rouge_score uses:
 * irregular forms, and other readings of -ies, -ied, -y, -alli, -fulli and -logi.
 */
const irregular: Readonly<Record<string, string>> = {
  sky: 'sky',
  skies: 'sky',
  dying: 'die',
  lying: 'lie',
  tying: 'tie',
  news: 'news',
  innings: 'inning',
  inning: 'inning',
  outings: 'outing',
  outing: 'outing',
  cannings: 'canning',
  canning: 'canning',
  howe: 'howe',
  proceed: 'proceed',
  exceed: 'exceed',
  succeed: 'succeed',
};

/** Suffix, replacement, and what the stem must be like. */
type Rule = readonly [suffix: string, replacement: string, condition?: (stem: string) => boolean];

/** For each letter, `c` where it sounds as a consonant, else `v`; a y is a consonant unless it follows one. */
function sounds(word: string): string {
  let pattern = '';
  for (const letter of word) {
    const vowel = 'aeiou'.includes(letter) || (letter === 'y' && pattern.endsWith('c'));
    pattern += vowel ? 'v' : 'c';
  }
  return pattern;
}

/** Porter's m: how many times a vowel run is followed by a consonant run. */
const measure = (stem: string): number => sounds(stem).split('vc').length - 1;
const isLong = (stem: string): boolean => measure(stem) > 0;
const isLonger = (stem: string): boolean => measure(stem) > 1;
const hasVowel = (stem: string): boolean => sounds(stem).includes('v');
const endsInConsonant = (stem: string): boolean => sounds(stem).endsWith('c');
const endsInDoubleConsonant = (word: string): boolean =>
  word.length > 1 && word.at(-1) === word.at(-2) && endsInConsonant(word);

/** Consonant, vowel, consonant other than w, x, y at the end, so that an e may be missing: "fil" of "filing". */
const lacksE = (word: string): boolean =>
  (sounds(word).endsWith('cvc') && !/[wxy]$/.test(word)) || sounds(word) === 'vc';

/** Applies the first rule whose suffix fits; when its condition fails no other rule is tried. */
function applyRules(word: string, rules: readonly Rule[]): string {
  for (const [suffix, replacement, condition] of rules) {
    if (!word.endsWith(suffix)) continue;
    const stem = word.slice(0, word.length - suffix.length);
    return condition === undefined || condition(stem) ? stem + replacement : word;
  }
  return word;
}

function removePlural(word: string): string {
  if (word.length === 4 && word.endsWith('ies')) return word.slice(0, -1);
  return applyRules(word, [
    ['sses', 'ss'],
    ['ies', 'i'],
    ['ss', 'ss'],
    ['s', ''],
  ]);
}

function removePastOrParticiple(word: string): string {
  if (word.endsWith('ied')) return word.slice(0, word.length === 4 ? -1 : -2);
  if (word.endsWith('eed')) return isLong(word.slice(0, -3)) ? word.slice(0, -1) : word;
  const suffix = ['ed', 'ing'].find((ending) => word.endsWith(ending) && hasVowel(word.slice(0, -ending.length)));
  if (suffix === undefined) return word;
  const stem = word.slice(0, -suffix.length);
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (endsInDoubleConsonant(stem)) return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1);
  return measure(stem) === 1 && lacksE(stem) ? `${stem}e` : stem;
}

const replaceFinalY = (word: string): string =>
  applyRules(word, [['y', 'i', (stem) => stem.length > 1 && endsInConsonant(stem)]]);

const doubleSuffixes: readonly Rule[] = [
  ['ational', 'ate', isLong],
  ['tional', 'tion', isLong],
  ['enci', 'ence', isLong],
  ['anci', 'ance', isLong],
  ['izer', 'ize', isLong],
  ['bli', 'ble', isLong],
  ['alli', 'al', isLong],
  ['entli', 'ent', isLong],
  ['eli', 'e', isLong],
  ['ousli', 'ous', isLong],
  ['ization', 'ize', isLong],
  ['ation', 'ate', isLong],
  ['ator', 'ate', isLong],
  ['alism', 'al', isLong],
  ['iveness', 'ive', isLong],
  ['fulness', 'ful', isLong],
  ['ousness', 'ous', isLong],
  ['aliti', 'al', isLong],
  ['iviti', 'ive', isLong],
  ['biliti', 'ble', isLong],
  ['fulli', 'ful', isLong],
  // The l counts with the stem, so that short ones like "geo" are long enough.
  ['logi', 'log', (stem) => isLong(`${stem}l`)],
];

function shortenDoubleSuffix(word: string): string {
  const stem = word.slice(0, -4);
  return word.endsWith('alli') && isLong(stem) ? shortenDoubleSuffix(`${stem}al`) : applyRules(word, doubleSuffixes);
}

const adjectiveSuffixes: readonly Rule[] = [
  ['icate', 'ic', isLong],
  ['ative', '', isLong],
  ['alize', 'al', isLong],
  ['iciti', 'ic', isLong],
  ['ical', 'ic', isLong],
  ['ful', '', isLong],
  ['ness', '', isLong],
];

const removable = 'al ance ence er ic able ible ant ement ment ent'.split(' ');
const alsoRemovable = 'ou ism ate iti ous ive ize'.split(' ');
const singleSuffixes: readonly Rule[] = [
  ...removable.map((suffix): Rule => [suffix, '', isLonger]),
  ['ion', '', (stem) => isLonger(stem) && /[st]$/.test(stem)],
  ...alsoRemovable.map((suffix): Rule => [suffix, '', isLonger]),
];

function removeFinalE(word: string): string {
  const stem = word.slice(0, -1);
  return word.endsWith('e') && (isLonger(stem) || (isLong(stem) && !lacksE(stem))) ? stem : word;
}

const removeDoubleL = (word: string): string =>
  word.endsWith('ll') && isLonger(word.slice(0, -1)) ? word.slice(0, -1) : word;

/** The stem of a lower-case English word; words of one or two letters stay as they are. */
export function stem(word: string): string {
  if (Object.hasOwn(irregular, word)) return irregular[word]!;
  if (word.length <= 2) return word;
  const base = replaceFinalY(removePastOrParticiple(removePlural(word)));
  const short = applyRules(applyRules(shortenDoubleSuffix(base), adjectiveSuffixes), singleSuffixes);
  return removeDoubleL(removeFinalE(short));
}
