import { kindNames, kinds, type Kind } from '../cluster/kinds.ts';
import { OperatorError } from '../errors.ts';

/** The kinds that a word stands for: a kind, its plural or short name, or a category such as `ai`. */
export function kindsNamed(word: string): readonly Kind[] {
  const asked = word.toLowerCase();
  const found = kindNames.filter((kind) => namesOf(kind).includes(asked));
  if (found.length > 0) return found;
  const category = kindNames.filter((kind) => kinds[kind].categories.includes(asked));
  if (category.length > 0) return category;
  throw new OperatorError(
    'Usage',
    `There is no kind "${word}". Kinds: ${kindNames.map((kind) => [kinds[kind].plural, ...kinds[kind].shortNames].join('|')).join(', ')}; ai for the first three.`,
  );
}

export function oneKind(word: string): Kind {
  const [kind, ...more] = kindsNamed(word);
  if (kind === undefined || more.length > 0)
    throw new OperatorError('Usage', `"${word}" stands for several kinds: name one of them, such as ftj.`);
  return kind;
}

/** `ftj/wiki-gpt`, or a kind and names apart, as kind and names. */
export function targetsOf(words: readonly string[]): readonly { readonly kind: Kind; readonly name: string }[] {
  const [first = '', ...names] = words;
  if (words.every((word) => word.includes('/')))
    return words.map((word) => {
      const [kind = '', name = ''] = word.split('/');
      if (name === '') throw new OperatorError('Usage', `"${word}" names no object: write it as ${kind}/NAME.`);
      return { kind: oneKind(kind), name };
    });
  if (names.length === 0) throw new OperatorError('Usage', `Name what: wikigpt … ${first} NAME, or ${first}/NAME.`);
  return names.map((name) => ({ kind: oneKind(first), name }));
}

/** The shortest way to write an object: ftj/wiki-gpt. */
export function shortTitle(kind: Kind, name: string): string {
  return `${kinds[kind].shortNames[0] ?? kind.toLowerCase()}/${name}`;
}

function namesOf(kind: Kind): string[] {
  const { plural, shortNames } = kinds[kind];
  return [kind.toLowerCase(), plural, ...shortNames];
}
