import type { OpenFile } from '../download-files.ts';
import type { HttpAnswer, HttpCall, HttpClient } from './http-client.ts';

/** An answer that is not what was asked for; each scheme says in its own words what that means. */
export class HttpRefusal extends Error {
  readonly status: number;
  readonly headers: HttpAnswer['headers'];

  constructor(status: number, headers: HttpAnswer['headers']) {
    super(`the server answered with ${status}`);
    this.status = status;
    this.headers = headers;
  }
}

/** Opens what lies at a URL from a byte on; fails with HttpRefusal when the server does not give it. */
export async function openUrl(client: HttpClient, url: string, from: number, call: HttpCall): Promise<OpenFile> {
  const headers = {
    // Ranges are of the bytes as they lie there.
    'accept-encoding': 'identity',
    ...call.headers,
    ...(from > 0 ? { range: `bytes=${from}-` } : {}),
  };
  const answer = await client.call(url, { ...call, headers });
  if (answer.status === 200) return { start: 0, body: answer.body };
  if (answer.status === 206 && String(answer.headers['content-range']).startsWith(`bytes ${from}-`))
    return { start: from, body: answer.body };
  await answer.body.dump();
  throw new HttpRefusal(answer.status, answer.headers);
}

/** The text at a URL, of at most `most` bytes; fails with HttpRefusal when the server does not give it. */
export async function readText(answer: HttpAnswer, most: number): Promise<string> {
  if (answer.status !== 200) {
    await answer.body.dump();
    throw new HttpRefusal(answer.status, answer.headers);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > most) throw new Error(`the answer has more than ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
