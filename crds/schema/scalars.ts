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

const decimalPattern = /^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?$/;

/** A fraction as a decimal string: Kubernetes objects carry no floating-point numbers. */
export const decimal = z.string().max(32).regex(decimalPattern).meta({ example: '"0.5"' });

/** A decimal string within bounds; `min` and `max` belong to the range, `above` does not. */
export function decimalIn(bounds: { min?: number; max?: number; above?: number }) {
  const { min, max, above } = bounds;
  const rules: Rule[] = [];
  const bound = (operator: string, value: number, words: string) =>
    rules.push({ rule: `double(self) ${operator} ${celDouble(value)}`, message: `must be ${words} ${value}` });
  if (min !== undefined) bound('>=', min, 'at least');
  if (above !== undefined) bound('>', above, 'above');
  if (max !== undefined) bound('<=', max, 'at most');
  return decimal.meta(withRules(rules));
}

const celDouble = (value: number) => (Number.isInteger(value) ? `${value}.0` : String(value));

export const integer = (min: number, max: number) => z.int().min(min).max(max);
export const percent = integer(0, 100);
export const seconds = (max = 31_536_000) => integer(0, max);

export const dnsLabel = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
  .meta({ example: 'country-qa' });

export const dnsName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/)
  .meta({ example: 'country-qa' });

export const digest = z
  .string()
  .max(71)
  .regex(/^sha256:[0-9a-f]{64}$/)
  .meta({ example: '"sha256:" and 64 hexadecimal digits' });

/** An address with one of the given schemes. */
export function uri(schemes: readonly string[]) {
  return z
    .string()
    .max(1024)
    .regex(new RegExp(`^(${schemes.join('|')})://[^\\s]+$`))
    .meta({ example: schemes.map((scheme) => `${scheme}://…`).join(' ') });
}

/** An instant as RFC 3339 text. */
export const timestamp = z
  .string()
  .max(40)
  .meta({ format: 'date-time', description: 'An instant in RFC 3339, such as 2026-01-31T08:00:00Z.' });

/** A Kubernetes quantity: a whole number or text such as 500m or 3Gi. */
export const quantity = z.union([z.int(), z.string()]).meta({
  'x-kubernetes-int-or-string': true,
  maxLength: 32,
  pattern: '^[0-9]+(\\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi)?$',
  description: 'A quantity such as 2, 500m or 3Gi.',
});

export const text = (max: number) => z.string().max(max);
export const line = text(1024);
