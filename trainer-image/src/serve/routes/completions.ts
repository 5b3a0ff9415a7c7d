import type { Handler } from 'hono';
import { z } from 'zod';
import type { Prompt } from '../../generate/text-generator.ts';
import { ApiError } from '../api-error.ts';
import { eventStream, eventStreamHeaders } from '../event-stream.ts';
import { readJson } from '../read-json.ts';
import { generationFields, parseBody } from '../request-fields.ts';
import { collectAnswers, runChoices, type RunningChoices } from '../run-choices.ts';
import type { Service } from '../service.ts';
import { textRequests } from '../text-request.ts';
import { toApiError } from '../to-api-error.ts';

const tokens = z.array(z.int().min(0)).min(1);
const completionBody = z.strictObject({
  ...generationFields,
  prompt: z.union([z.string(), z.array(z.string()).min(1).max(64), tokens, z.array(tokens).min(1).max(64)]),
});

// OpenAI's default for this endpoint; the chat endpoint has none.
const defaultMaxTokens = 16;
const maxAnswers = 64;

/** POST /v1/completions: goes on from plain text or tokens, with no template. */
export const completions =
  (service: Service): Handler =>
  async (c) => {
    const body = parseBody(completionBody, await readJson(c, service.maxBodyBytes));
    const requests = textRequests(service, body, body.max_tokens ?? defaultMaxTokens, asPrompts(body.prompt));
    if (requests.length > maxAnswers)
      throw new ApiError(
        'invalid_request',
        `"n" times the number of prompts is ${requests.length}; send at most ${maxAnswers} in one request.`,
        'n',
      );
    const head = {
      id: `cmpl-${service.newId()}`,
      object: 'text_completion',
      created: service.unixTime(),
      model: service.model.name,
    };

    const leave = new AbortController();
    const choices = await runChoices(service, requests, AbortSignal.any([c.req.raw.signal, leave.signal]));
    if (!body.stream) {
      const answers = await collectAnswers(choices, requests.length);
      const asChoice = ({ text, finishReason }: (typeof answers)[number], index: number) =>
        choice(index, text, finishReason);
      return c.json({ ...head, choices: answers.map(asChoice), usage: choices.usage() });
    }
    const chunks = textChunks(head, choices, body.stream_options?.include_usage === true);
    return c.body(
      eventStream(
        chunks,
        (error) => toApiError(error, service).body,
        () => leave.abort(),
      ),
      200,
      eventStreamHeaders,
    );
  };

function asPrompts(prompt: z.infer<typeof completionBody>['prompt']): Prompt[] {
  if (typeof prompt === 'string') return [{ text: prompt }];
  if (typeof prompt[0] === 'number') return [{ tokens: prompt as number[] }];
  return (prompt as string[] | number[][]).map((one) => (typeof one === 'string' ? { text: one } : { tokens: one }));
}

const choice = (index: number, text: string, finishReason: string | null) => ({
  index,
  text,
  logprobs: null,
  finish_reason: finishReason,
});

async function* textChunks(head: object, choices: RunningChoices, withUsage: boolean) {
  const noUsage = withUsage ? { usage: null } : {};
  for await (const { index, text, finishReason } of choices.pieces)
    yield { ...head, choices: [choice(index, text, finishReason ?? null)], ...noUsage };
  if (withUsage) yield { ...head, choices: [], usage: choices.usage() };
}
