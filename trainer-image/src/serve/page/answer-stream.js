/** An answer that the server refused or broke off; the message is the server's own sentence. */
export class AnswerError extends Error {
  /** @param {string} message @param {string} code */
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

/**
 * Asks the server and gives its chunks as they come.
 * @param {string} path where the model is asked
 * @param {object} request the body of a streamed chat completion
 * @param {AbortSignal} signal
 */
export async function* streamAnswer(path, request, signal) {
  const response = await fetch(`${path}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...request, stream: true, stream_options: { include_usage: true } }),
    signal,
  });
  if (!response.ok) throw await refusal(response);
  for await (const data of eventsOf(response.body)) {
    if (data === '[DONE]') return;
    const chunk = JSON.parse(data);
    if (chunk.error) throw new AnswerError(chunk.error.message, chunk.error.code);
    yield chunk;
  }
}

/** @param {Response} response */
async function refusal(response) {
  const body = await response.json().catch(() => null);
  return new AnswerError(body?.error?.message ?? `HTTP ${response.status}`, body?.error?.code ?? 'unknown');
}

/**
 * The data of server-sent events, however the bytes are cut.
 * @param {ReadableStream<Uint8Array>} body
 */
async function* eventsOf(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let pending = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    pending += decoder.decode(value, { stream: true });
    const events = pending.split('\n\n');
    pending = events.pop();
    for (const event of events) if (event.startsWith('data: ')) yield event.slice('data: '.length);
  }
}
