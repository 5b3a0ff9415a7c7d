import type { Context } from 'hono';
import { ApiError } from './api-error.ts';

/** The JSON body of a request of at most `maxBytes`. */
export async function readJson(c: Context, maxBytes: number): Promise<unknown> {
  const type = c.req.header('content-type') ?? 'nothing';
  // Browsers send other types across sites without asking first, JSON never.
  if (!/^application\/json\b/i.test(type))
    throw new ApiError('unsupported_media_type', `The content type is ${type}; send "Content-Type: application/json".`);
  const bytes = await readLimited(c.req.raw, maxBytes);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (error) {
    throw new ApiError('invalid_request', `The body is not valid JSON: ${reasonOf(error)}.`);
  }
}

/** The parser quotes the text around a mistake; only the place may go back, since the text may end up in logs. */
function reasonOf(error: unknown): string {
  if (!(error instanceof SyntaxError)) return 'it is not UTF-8';
  const place = /at position \d+( \(line \d+ column \d+\))?/.exec(error.message)?.[0];
  return place ? `unexpected text ${place}` : 'it ends too early or is empty';
}

async function readLimited(request: Request, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = () =>
    new ApiError('body_too_large', `The body is larger than ${maxBytes} bytes; shorten the messages.`);
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.byteLength;
    if (length > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
