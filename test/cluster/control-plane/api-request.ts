import { Agent, request as httpsRequest } from 'node:https';

export interface ApiResponse {
  readonly status: number;
  /** Parsed when it is JSON, else the text. */
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface ApiRequest {
  readonly method?: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly timeoutMs?: number;
}

/** One call of an API server: the plainest client, so that tests do not judge the operator's client by itself. */
export type ApiCall = (path: string, request?: ApiRequest) => Promise<ApiResponse>;

export interface Credentials {
  /** PEM of the certificate authority that the server is checked against. */
  readonly authority: string;
  readonly token?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/** Calls the API server at `url` with these credentials over kept connections. */
export function createApiCall(url: string, { authority, token, certificate, key }: Credentials): ApiCall {
  const agent = new Agent({
    ca: authority,
    keepAlive: true,
    ...(certificate !== undefined && { cert: certificate }),
    ...(key !== undefined && { key }),
  });
  return (path, { method = 'GET', body, contentType = 'application/json', timeoutMs = 30_000 } = {}) =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const sent = httpsRequest(
        new URL(path, url),
        {
          method,
          agent,
          timeout: timeoutMs,
          headers: {
            accept: 'application/json',
            ...(token !== undefined && { authorization: `Bearer ${token}` }),
            ...(text !== undefined && { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              body: parsed(Buffer.concat(chunks).toString()),
              headers: response.headers,
            }),
          );
        },
      );
      sent.on('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer in ${timeoutMs} ms`)));
      sent.on('error', reject);
      sent.end(text);
    });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Makes a call that must succeed and returns its body; the error holds what the server said. */
export async function mustCall<Body>(call: ApiCall, path: string, request: ApiRequest = {}): Promise<Body> {
  return successOf(await call(path, request), `${request.method ?? 'GET'} ${path}`) as Body;
}

/** The body of an answer that must be a success; `what` names the call in the error. */
export function successOf({ status, body }: ApiResponse, what: string): unknown {
  if (status >= 200 && status < 300) return body;
  throw new Error(`${what}: found status ${status}, expected success: ${messageOf(body)}`);
}

/** The sentence in a `Status` object of Kubernetes, or the text that came instead of one. */
function messageOf(body: unknown): string {
  return typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : JSON.stringify(body);
}
