import { z } from 'zod';

/** A CEL rule as Kubernetes evaluates it; the message says what to write instead. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
}

/** An object of the API: its description for the reference page, its fields, and its CEL rules. */
export function block<S extends z.ZodRawShape>(description: string, shape: S, rules: readonly Rule[] = []) {
  return z.object(shape).meta({ description, ...withRules(rules) });
}

/** The metadata that carries CEL rules into the CRD. */
export function withRules(rules: readonly Rule[]): Record<string, unknown> {
  return rules.length === 0 ? {} : { 'x-kubernetes-validations': rules };
}

/** A rule that exactly one of `names` is set. */
export function exactlyOne(names: readonly string[], message: string): Rule {
  return { rule: `[${names.map((name) => `has(self.${name})`).join(', ')}].exists_one(set, set)`, message };
}

/**
 * Text of a given form. The CRD carries the form as a CEL rule with a sentence, since the message of a `pattern` is
 * only the expression; `expected` completes "must be …", `shortType` stands in the reference page.
 */
export function matching(max: number, form: RegExp, shortType: string, expected: string, further = '') {
  const matches = `self.matches(r'${form.source.replaceAll('\\/', '/')}')`;
  const rule = further === '' ? matches : `${matches} && ${further}`;
  return z
    .string()
    .max(max)
    .regex(form)
    .meta({ expected, shortType, ...withRules([{ rule, message: `must be ${expected}` }]) });
}

const decimalForm = /^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?$/;

/** A fraction in a status, as a decimal string: Kubernetes objects carry no floating-point numbers. */
export const measured = z
  .string()
  .max(32)
  .regex(decimalForm)
  .meta({ expected: 'a decimal number in quotes', shortType: 'decimal' });

/** A fraction in a spec as a decimal string; `min` and `max` belong to the range, `above` does not. */
export function decimal(bounds: { min?: number; above?: number; below?: number; max?: number } = {}) {
  const conditions: string[] = [];
  const words: string[] = [];
  const bound = (operator: string, value: number | undefined, word: string) => {
    if (value === undefined) return;
    conditions.push(`double(self) ${operator} ${celDouble(value)}`);
    words.push(`${word} ${value}`);
  };
  bound('>=', bounds.min, 'of at least');
  bound('>', bounds.above, 'above');
  bound('<', bounds.below, 'below');
  bound('<=', bounds.max, 'at most');
  const range = words.length === 0 ? '' : ` ${words.join(' and ')},`;
  const expected = `a decimal number in quotes${range} such as ${examples(bounds)}`;
  return matching(32, decimalForm, `decimal${range.replace(/,$/, '')}`, expected, conditions.join(' && '));
}

const celDouble = (value: number) => (Number.isInteger(value) ? `${value}.0` : String(value));
const examples = ({ below, max = below }: { below?: number; max?: number }) =>
  max !== undefined && max <= 1 ? '"0.5" or "2e-4"' : '"3" or "0.5"';

export const integer = (min: number, max: number) => z.int().min(min).max(max);
export const percent = integer(0, 100);
export const seconds = (max = 31_536_000) => integer(0, max);

export const dnsLabel = matching(
  63,
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  'name',
  'lower-case letters, digits and -, such as country-qa',
);

export const dnsName = matching(
  253,
  /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
  'name',
  'lower-case letters, digits, - and ., such as country-qa',
);

export const digest = matching(
  71,
  /^sha256:[0-9a-f]{64}$/,
  'sha256 digest',
  'sha256: followed by 64 hexadecimal digits',
);

/** An address with one of the given schemes. */
export function uri(schemes: readonly string[]) {
  return matching(
    1024,
    new RegExp(`^(${schemes.join('|')})://[^\\s]+$`),
    `address: ${schemes.join(', ')}`,
    `an address that starts with ${schemes.map((scheme) => `${scheme}://`).join(', ')}`,
  );
}

export const identifier = matching(
  253,
  /^[A-Za-z_][A-Za-z0-9_]*$/,
  'identifier',
  'letters, digits and _, such as MY_VARIABLE',
);

/** An instant as RFC 3339 text. */
export const timestamp = z
  .string()
  .max(40)
  .meta({ format: 'date-time', expected: 'a time such as 2026-01-31T08:00:00Z', shortType: 'time' });

const quantityForm = /^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi)?$/;

/** A Kubernetes quantity: a whole number or text such as 500m or 3Gi. */
export const quantity = z.union([z.int().min(0), z.string().max(32).regex(quantityForm)]).meta({
  'x-kubernetes-int-or-string': true,
  maxLength: 32,
  pattern: quantityForm.source,
  expected: 'a quantity such as 2, 500m or 3Gi',
  shortType: 'quantity',
});

export const text = (max: number) => z.string().max(max);
