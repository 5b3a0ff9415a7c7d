import { z } from 'zod';
import { ApiError } from './api-error.ts';

const optional = <T extends z.ZodType>(schema: T) => schema.nullish();
const number = (min: number, max: number) => optional(z.number().min(min).max(max));
const integer = (min: number, max: number) => optional(z.int().min(min).max(max));

/** The fields of both completion endpoints that choose how text is generated; absent and null mean the default. */
export const generationFields = {
  model: optional(z.string()),
  stream: optional(z.boolean()),
  stream_options: optional(z.strictObject({ include_usage: optional(z.boolean()) })),
  temperature: number(0, 2),
  top_p: number(0, 1),
  top_k: integer(-1, 1_000_000),
  min_p: number(0, 1),
  presence_penalty: number(-2, 2),
  frequency_penalty: number(-2, 2),
  repetition_penalty: optional(z.number().gt(0).max(10)),
  max_tokens: integer(1, 1_000_000),
  stop: optional(z.union([z.string().min(1).max(256), z.array(z.string().min(1).max(256)).max(16)])),
  seed: integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  n: integer(1, 16),
  // Said about the request, not to the model: they change nothing in the answer, here as at OpenAI.
  user: optional(z.string()),
  metadata: optional(z.record(z.string(), z.string())),
} as const;

/** Fields of the OpenAI API that this server has no way to honour, with the values that ask for nothing. */
const unsupported: Readonly<Record<string, { readonly neutral: readonly unknown[]; readonly advice: string }>> = {
  logprobs: { neutral: [false, 0], advice: 'this server gives no log probabilities; leave it out' },
  top_logprobs: { neutral: [0], advice: 'this server gives no log probabilities; leave it out' },
  logit_bias: { neutral: [], advice: 'this server cannot bias single tokens; leave it out' },
  tools: { neutral: [], advice: 'this model cannot call tools; leave it out' },
  tool_choice: { neutral: ['none'], advice: 'this model cannot call tools; leave it out' },
  functions: { neutral: [], advice: 'this model cannot call functions; leave it out' },
  function_call: { neutral: ['none'], advice: 'this model cannot call functions; leave it out' },
  parallel_tool_calls: { neutral: [true, false], advice: 'this model cannot call tools; leave it out' },
  modalities: { neutral: [], advice: 'this model writes text only; leave it out' },
  audio: { neutral: [], advice: 'this model writes text only; leave it out' },
  prediction: { neutral: [], advice: 'predicted outputs are not supported; leave it out' },
  reasoning_effort: { neutral: ['none'], advice: 'this model has no reasoning mode; leave it out' },
  store: { neutral: [false], advice: 'this server stores nothing; leave it out' },
  best_of: { neutral: [1], advice: 'use n and choose among the answers yourself' },
  echo: { neutral: [false], advice: 'put the prompt before the answer yourself' },
  suffix: { neutral: [''], advice: 'this model only continues text; leave it out' },
};

/** Parses a JSON body against a strict schema; every mistake becomes one sentence about one field. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new ApiError('invalid_request', 'The body must be a JSON object, such as {"messages": [...]}.');
  const fields = { ...(body as Record<string, unknown>) };
  for (const [field, { neutral, advice }] of Object.entries(unsupported)) {
    const value = fields[field];
    const asksNothing = value === undefined || value === null || isEmpty(value) || neutral.includes(value);
    if (!asksNothing) throw new ApiError('unsupported', `"${field}" is not supported: ${advice}.`, field);
    delete fields[field];
  }
  const { response_format: format } = fields;
  if (format !== undefined && format !== null && (format as { type?: unknown }).type !== 'text')
    throw new ApiError(
      'unsupported',
      '"response_format" can only be {"type": "text"}: this model is not able to follow a format.',
      'response_format',
    );
  delete fields['response_format'];

  const result = schema.safeParse(fields);
  if (result.success) return result.data;
  throw asApiError(result.error.issues[0]!, fields);
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

function asApiError(issue: z.core.$ZodIssue, fields: unknown): ApiError {
  if (issue.code === 'unrecognized_keys') {
    const path = [...issue.path, issue.keys[0]!].join('.');
    return new ApiError(
      'unsupported',
      `"${path}" is not a field of this API; check its spelling or leave it out.`,
      path,
    );
  }
  const deepest = issue.code === 'invalid_union' ? (issue.errors.flat().at(-1) ?? issue) : issue;
  const path = [...issue.path, ...(deepest === issue ? [] : deepest.path)];
  const name = path.join('.');
  const value = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], fields);
  const found =
    value === undefined
      ? 'nothing'
      : typeof value === 'string' && value.length > 40
        ? 'a longer text'
        : JSON.stringify(value);
  return new ApiError(
    'invalid_request',
    `"${name}": ${lowerFirst(deepest.message)}; found ${found.slice(0, 80)}.`,
    name,
  );
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
