import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hono } from 'hono';
import { createApp } from './app.ts';
import { startHttpServer } from './http-server.ts';
import { tinyService, type TinyService } from './tiny-service.ts';

let service: TinyService;
let app: Hono;
beforeAll(async () => {
  service = await tinyService();
  app = createApp(service);
});
afterAll(() => service.text.close());

const post = async (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  await app.request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const chat = (fields: object): Promise<Response> =>
  post('/v1/chat/completions', { messages: [{ role: 'user', content: 'Paris is' }], max_tokens: 6, ...fields });
const events = async (response: Response): Promise<Record<string, never>[]> => {
  const data = (await response.text())
    .trim()
    .split('\n\n')
    .map((event) => event.slice('data: '.length));
  expect(data.pop()).toBe('[DONE]');
  return data.map((json) => JSON.parse(json) as Record<string, never>);
};

describe('the model to compare with', () => {
  const compared = async (peer: TinyService['peer'], path: string, request?: RequestInit): Promise<Response> =>
    await createApp({ ...service, peer }).request(`/compare/v1/${path}`, request);

  it('is asked in the name of the page, and answers as it would itself', async () => {
    const other = await startHttpServer(app, 0, '127.0.0.1');
    const peer = { name: 'other', url: `http://127.0.0.1:${other.port}` };
    expect(await (await compared(peer, 'models')).json()).toEqual(await (await app.request('/v1/models')).json());
    const body = JSON.stringify({ messages: [{ role: 'user', content: 'Paris is' }], max_tokens: 6, stream: true });
    const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
    const answer = await compared(peer, 'chat/completions', request);
    expect(answer.headers.get('content-type')).toMatch('text/event-stream');
    expect((await events(answer)).length).toBeGreaterThan(5);
    const refused = await compared(peer, 'chat/completions', { ...request, body: '{"messages":[]}' });
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: { code: 'invalid_request' } }]);
    await other.drain(0);
    expect((await compared(peer, 'models')).status).toBe(502);
  });

  it('is told of, and missed with a sentence', async () => {
    expect(await (await compared(undefined, 'models')).json()).toMatchObject({ error: { code: 'not_found' } });
    expect(await (await compared({ name: 'country' }, 'models')).json()).toMatchObject({
      error: { code: 'peer_unreachable', message: expect.stringContaining('ChatModel country') },
    });
    const listed = await createApp({ ...service, peer: { name: 'country' } }).request('/v1/models');
    expect(await listed.json()).toMatchObject({ data: [{ wikigpt: { compareWith: 'country' } }] });
  });
});

describe('answers', () => {
  it('a chat completion in the shape of the OpenAI API', async () => {
    const response = await chat({});
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      id: expect.stringMatching(/^chatcmpl-id/),
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'tiny',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: expect.stringMatching(/./), refusal: null },
          logprobs: null,
          finish_reason: 'length',
        },
      ],
      usage: { prompt_tokens: expect.any(Number), completion_tokens: 6, total_tokens: expect.any(Number) },
    });
  });

  it('a stream that joins to the same text, with its usage when asked', async () => {
    const whole = (await (await chat({})).json()) as { choices: [{ message: { content: string } }]; usage: object };
    const response = await chat({ stream: true, stream_options: { include_usage: true } });
    expect(response.headers.get('content-type')).toMatch('text/event-stream');
    const chunks = (await events(response)) as unknown as {
      object: string;
      usage: object | null;
      choices: { delta: { role?: string; content?: string }; finish_reason: string | null }[];
    }[];
    expect(chunks[0]).toMatchObject({ object: 'chat.completion.chunk', choices: [{ delta: { role: 'assistant' } }] });
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(
      whole.choices[0].message.content,
    );
    expect(chunks.at(-2)).toMatchObject({ usage: null, choices: [{ finish_reason: 'length' }] });
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage });
  });

  it('several answers at once, repeatable by their seed', async () => {
    const ask = async (seed: number): Promise<string[]> => {
      const response = await chat({ n: 3, temperature: 1.5, seed });
      const { choices, usage } = (await response.json()) as {
        choices: { message: { content: string } }[];
        usage: object;
      };
      expect(usage).toMatchObject({ completion_tokens: 18 });
      return choices.map(({ message }) => message.content);
    };
    const three = await ask(5);
    expect(new Set(three).size).toBe(3);
    expect(await ask(5)).toEqual(three);
    expect((await ask(6))[0]).toBe(three[1]);
  });

  it('plain completions of texts and tokens, 16 tokens unless told', async () => {
    const response = await post('/v1/completions', { prompt: ['Paris', 'France'] });
    expect(await response.json()).toMatchObject({
      object: 'text_completion',
      choices: [
        { index: 0, text: expect.stringMatching(/./), finish_reason: 'length' },
        { index: 1, finish_reason: 'length' },
      ],
      usage: { completion_tokens: 32 },
    });
    const { documentStart } = service.tokenizer;
    const tokens = [documentStart, ...service.tokenizer.encodeText('Paris')];
    const streamed = (await events(await post('/v1/completions', { prompt: tokens, stream: true }))) as never as {
      choices: [{ text: string }];
    }[];
    const text = await post('/v1/completions', { prompt: 'Paris' });
    expect(streamed.map(({ choices }) => choices[0].text).join('')).toBe(
      ((await text.json()) as { choices: [{ text: string }] }).choices[0].text,
    );
  });

  it('ends before a stop string', async () => {
    const { choices } = (await (await chat({ max_tokens: 30 })).json()) as {
      choices: [{ message: { content: string } }];
    };
    const { content } = choices[0].message;
    const stop = content.slice(6, 9);
    expect(await (await chat({ max_tokens: 30, stop })).json()).toMatchObject({
      choices: [{ message: { content: content.slice(0, content.indexOf(stop)) }, finish_reason: 'stop' }],
    });
  });

  it('what it is and how it does', async () => {
    expect(await (await app.request('/v1/models')).json()).toMatchObject({
      object: 'list',
      data: [{ id: 'tiny', object: 'model', max_model_len: 128, wikigpt: { prompt: 'text' } }],
    });
    expect(await (await app.request('/v1/models/tiny')).json()).toMatchObject({ id: 'tiny' });
    const metrics = await (await app.request('/metrics')).text();
    expect(metrics).toMatch(/wikigpt_generation_tokens_total\{model_name="tiny"\} [1-9]/);
    expect(metrics).toMatch(/wikigpt_time_to_first_token_seconds_count\{model_name="tiny"\} [1-9]/);
    expect(metrics).toMatch(/wikigpt_num_requests_running\{model_name="tiny"\} 0/);
    expect(metrics).toMatch(/wikigpt_request_success_total\{finished_reason="stop",model_name="tiny"\} 1/);
  });

  it('with a page that is complete in itself and may run nothing else', async () => {
    const response = await app.request('/');
    const html = await response.text();
    expect(html).not.toMatch(/(src|href)="(?!data:|#|\/")/);
    expect(html).not.toMatch(/\bimport .* from\b|\sstyle="/);
    const policy = response.headers.get('content-security-policy')!;
    expect(policy).toMatch(/default-src 'none'; script-src 'sha256-[^ ]+'; style-src 'sha256-[^ ]+';/);
  });
});

describe('refuses', () => {
  const cases: [string, object, { code: string; param?: string; message: RegExp }][] = [
    [
      'a value out of range',
      { temperature: 3 },
      { code: 'invalid_request', param: 'temperature', message: /<=2.*found 3/ },
    ],
    ['a wrong type', { max_tokens: '5' }, { code: 'invalid_request', param: 'max_tokens', message: /found "5"/ }],
    ['an unknown field', { temprature: 1 }, { code: 'unsupported', param: 'temprature', message: /spelling/ }],
    ['no messages', { messages: [] }, { code: 'invalid_request', param: 'messages', message: /messages/ }],
    [
      'an unknown role',
      { messages: [{ role: 'tool', content: '' }] },
      { code: 'invalid_request', message: /role.*tool/ },
    ],
    ['log probabilities', { logprobs: true }, { code: 'unsupported', param: 'logprobs', message: /leave it out/ }],
    ['tools', { tools: [{}] }, { code: 'unsupported', param: 'tools', message: /cannot call tools/ }],
    ['a format', { response_format: { type: 'json_object' } }, { code: 'unsupported', message: /"text"/ }],
    ['two different limits', { max_completion_tokens: 9 }, { code: 'invalid_request', message: /differ/ }],
    ['another model', { model: 'gpt-4' }, { code: 'model_not_found', param: 'model', message: /send "tiny"/ }],
    [
      'a prompt longer than the context',
      { messages: [{ role: 'user', content: 'word '.repeat(200) }] },
      { code: 'context_length_exceeded', message: /reads at most 128/ },
    ],
  ];
  it.each(cases)('%s', async (_, fields, { code, param, message }) => {
    const response = await chat(fields);
    expect(response.status).toBe(code === 'model_not_found' ? 404 : 400);
    const { error } = (await response.json()) as { error: Record<string, string> };
    expect(error).toMatchObject({ code, type: 'invalid_request_error', ...(param ? { param } : {}) });
    expect(error['message']).toMatch(message);
    expect(error['message']).toMatch(/\.$/);
  });

  it('what asks for nothing it takes', async () => {
    const neutral = {
      tools: [],
      logprobs: false,
      response_format: { type: 'text' },
      user: 'u',
      stop: null,
      store: false,
    };
    expect((await chat(neutral)).status).toBe(200);
  });

  it.each<[string, () => Promise<Response>, number, string]>([
    ['broken JSON', () => post('/v1/chat/completions', '{"messages": [secret'), 400, 'invalid_request'],
    ['an empty body', () => post('/v1/chat/completions', ''), 400, 'invalid_request'],
    ['a list', () => post('/v1/chat/completions', []), 400, 'invalid_request'],
    ['a form', () => post('/v1/completions', 'a=b', { 'content-type': 'text/plain' }), 415, 'unsupported_media_type'],
    ['a body too large', () => post('/v1/completions', { prompt: 'x'.repeat(100_001) }), 413, 'body_too_large'],
    ['an unknown token', () => post('/v1/completions', { prompt: [100_000] }), 400, 'invalid_prompt'],
    ['an unknown path', async () => await app.request('/v2'), 404, 'not_found'],
    ['an unknown model', async () => await app.request('/v1/models/other'), 404, 'model_not_found'],
    ['a wrong method', async () => await app.request('/v1/completions'), 405, 'method_not_allowed'],
  ])('%s', async (_, send, status, code) => {
    const response = await send();
    expect(response.status).toBe(status);
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    expect(error.code).toBe(code);
    expect(error.message).not.toMatch('secret');
  });

  it('requests while it loads or shuts down, and says so on /health', async () => {
    for (const [state, code] of [
      ['loading', 'loading'],
      ['draining', 'shutting_down'],
    ] as const) {
      service.stateNow = state;
      const [answer, health] = [await chat({}), await app.request('/health')];
      service.stateNow = 'ready';
      expect(answer.status).toBe(503);
      expect(await answer.json()).toMatchObject({ error: { code } });
      expect(health.status).toBe(503);
      expect(await health.json()).toEqual({ status: state, model: 'tiny' });
    }
    expect((await app.request('/health')).status).toBe(200);
  });

  it('more than it can queue', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => chat({ max_tokens: 20 })));
    const refused = all.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(20);
    expect(refused[0]!.headers.get('retry-after')).toBe('1');
  });
});

it('stops generating when the client leaves the stream', async () => {
  const response = await chat({ max_tokens: 100, stream: true });
  const reader = response.body!.getReader();
  await reader.read();
  expect(service.text.load().running).toBe(1);
  await reader.cancel();
  await expect.poll(() => service.text.load().running).toBe(0);
  const metrics = await (await app.request('/metrics')).text();
  expect(metrics).toMatch(/wikigpt_request_errors_total\{code="aborted",model_name="tiny"\} 1/);
  expect(metrics).not.toMatch(/internal_error/);
});
