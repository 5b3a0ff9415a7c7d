import { z } from 'zod';
import { TrainerError } from '../errors.ts';
import type { Message } from '../tokenizers/chat-template.ts';

/** A server that speaks the OpenAI API. */
export interface ChatEndpoint {
  /** Such as https://llm.example/v1. */
  readonly url: string;
  readonly model: string;
  readonly apiKey: string | undefined;
}

export interface ChatRequest {
  readonly messages: readonly Message[];
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number;
  readonly seed: number | null;
  /** The same for every try of one request, so that a server that knows such keys answers and bills it once. */
  readonly key: string;
}

/** What became of one call: an answer with the tokens it cost, a failure that may pass, or a question that is refused. */
export type ChatReply =
  | { readonly kind: 'answer'; readonly text: string; readonly tokens: number | undefined }
  | { readonly kind: 'later'; readonly reason: string; readonly afterMs: number }
  | { readonly kind: 'never'; readonly reason: string };

const timeoutMs = 120_000;

const completion = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string().nullable() }) })).min(1),
  usage: z.object({ total_tokens: z.int() }).optional(),
});

/** Asks once. Fails with InvalidSpec where no question would be answered: a wrong address, model or key. */
export async function askEndpoint(endpoint: ChatEndpoint, request: ChatRequest): Promise<ChatReply> {
  const { url, model, apiKey } = endpoint;
  const { messages, maxTokens, temperature, topP, seed, key } = request;
  try {
    const response = await fetch(`${url.replace(/\/$/, '')}/chat/completions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': key,
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify({
        model,
        messages,
        max_tokens: maxTokens,
        temperature,
        ...(topP === 1 ? {} : { top_p: topP }),
        ...(seed === null ? {} : { seed }),
      }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) return await refusal(endpoint, response);
    const { choices, usage } = completion.parse(await response.json());
    return { kind: 'answer', text: (choices[0]!.message.content ?? '').trim(), tokens: usage?.total_tokens };
  } catch (error) {
    if (error instanceof TrainerError) throw error;
    const { cause, message } = error as Error & { cause?: { code?: string } };
    return { kind: 'later', reason: cause?.code ?? message, afterMs: 0 };
  }
}

async function refusal({ url, model }: ChatEndpoint, response: Response): Promise<ChatReply> {
  const { status } = response;
  const said = (await response.text()).slice(0, 300);
  const reason = `HTTP ${status}`;
  if (status === 401 || status === 403)
    throw new TrainerError(
      'InvalidSpec',
      `The teacher at ${url} refuses the key (${reason}); check the Secret of spec.teacher.endpoint.secretRef, or OPENAI_API_KEY without a cluster.`,
    );
  if (status === 404)
    throw new TrainerError(
      'InvalidSpec',
      `The teacher at ${url} has no model ${model} there (${reason}: ${said}); check url, which ends in /v1 at most servers, and model.`,
    );
  const isBusy = status === 408 || status === 409 || status === 425 || status === 429 || status >= 500;
  if (!isBusy) return { kind: 'never', reason: `${reason}: ${said}` };
  const seconds = Number(response.headers.get('retry-after') ?? 0);
  return { kind: 'later', reason, afterMs: Number.isFinite(seconds) ? seconds * 1000 : 0 };
}
