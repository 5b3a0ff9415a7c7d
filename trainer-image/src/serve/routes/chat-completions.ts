import type { Handler } from 'hono';
import { z } from 'zod';
import { ApiError } from '../api-error.ts';
import { toApiError } from '../to-api-error.ts';
import { eventStream, eventStreamHeaders } from '../event-stream.ts';
import type { Message } from '../../tokenizers/chat-template.ts';
import { promptOfChat } from '../prompt-of-chat.ts';
import { readJson } from '../read-json.ts';
import { generationFields, parseBody } from '../request-fields.ts';
import { collectAnswers, runChoices, type RunningChoices } from '../run-choices.ts';
import type { Service } from '../service.ts';
import { textRequests } from '../text-request.ts';

const textPart = z.strictObject({ type: z.literal('text'), text: z.string() });
const chatBody = z.strictObject({
  ...generationFields,
  messages: z
    .array(
      z.strictObject({
        role: z.enum(['system', 'developer', 'user', 'assistant']),
        content: z.union([z.string(), z.array(textPart)]),
        name: z.string().nullish(),
        refusal: z.null().optional(),
      }),
    )
    .min(1)
    .max(1000),
  max_completion_tokens: z.int().min(1).max(1_000_000).nullish(),
});

/** POST /v1/chat/completions */
export const chatCompletions =
  (service: Service): Handler =>
  async (c) => {
    const body = parseBody(chatBody, await readJson(c, service.maxBodyBytes));
    if (body.max_tokens && body.max_completion_tokens && body.max_tokens !== body.max_completion_tokens)
      throw new ApiError(
        'invalid_request',
        '"max_tokens" and "max_completion_tokens" differ; send only the second.',
        'max_tokens',
      );
    const prompt = promptOfChat(body.messages.map(asMessage), service.model);
    const maxTokens = body.max_completion_tokens ?? body.max_tokens ?? undefined;
    const requests = textRequests(service, body, maxTokens, [prompt], service.model.style.kind === 'question');
    const head = {
      id: `chatcmpl-${service.newId()}`,
      object: body.stream ? 'chat.completion.chunk' : 'chat.completion',
      created: service.unixTime(),
      model: service.model.name,
    };

    const leave = new AbortController();
    const choices = await runChoices(service, requests, AbortSignal.any([c.req.raw.signal, leave.signal]));
    if (!body.stream) {
      const answers = await collectAnswers(choices, requests.length);
      return c.json({
        ...head,
        choices: answers.map(({ text, finishReason }, index) => ({
          index,
          message: { role: 'assistant', content: text, refusal: null },
          logprobs: null,
          finish_reason: finishReason,
        })),
        usage: choices.usage(),
      });
    }
    const chunks = chatChunks(head, choices, requests.length, body.stream_options?.include_usage === true);
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

function asMessage({ role, content }: z.infer<typeof chatBody>['messages'][number]): Message {
  return {
    role: role === 'developer' ? 'system' : role,
    content: typeof content === 'string' ? content : content.map(({ text }) => text).join('\n'),
  };
}

async function* chatChunks(head: object, choices: RunningChoices, count: number, withUsage: boolean) {
  const noUsage = withUsage ? { usage: null } : {};
  const chunk = (index: number, delta: object, finishReason: string | null) => ({
    ...head,
    choices: [{ index, delta, logprobs: null, finish_reason: finishReason }],
    ...noUsage,
  });
  for (let index = 0; index < count; index++) yield chunk(index, { role: 'assistant', content: '' }, null);
  for await (const { index, text, finishReason } of choices.pieces) {
    if (text !== '') yield chunk(index, { content: text }, null);
    if (finishReason) yield chunk(index, {}, finishReason);
  }
  if (withUsage) yield { ...head, choices: [], usage: choices.usage() };
}
