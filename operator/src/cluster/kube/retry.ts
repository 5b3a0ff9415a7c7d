/** How a failed attempt looked: the HTTP status with the wait that the server asked for, or a connection that broke. */
export type Failure =
  { readonly status: number; readonly retryAfterSeconds?: number | undefined } | { readonly error: unknown };

const retryable = new Set([408, 429, 500, 502, 503, 504]);
const firstDelayMs = 100;
const maxDelayMs = 5_000;

/**
 * Milliseconds until a call may be sent again; undefined when another attempt would end the same way. Every call that
 * this operator sends may be sent twice: reads, applies, deletions by uid, updates of a resource version.
 */
export function retryDelayMs(attempt: number, failure: Failure, random: () => number): number | undefined {
  if ('status' in failure) {
    if (!retryable.has(failure.status)) return undefined;
    if (failure.retryAfterSeconds !== undefined)
      return failure.retryAfterSeconds * 1000 + backoffMs(1, firstDelayMs, maxDelayMs, random);
  } else if (isHopeless(failure.error)) return undefined;
  return backoffMs(attempt, firstDelayMs, maxDelayMs, random);
}

/** A growing delay, half of it random so that many callers do not come back together. */
export function backoffMs(attempt: number, firstMs: number, maxMs: number, random: () => number): number {
  const full = Math.min(firstMs * 2 ** Math.min(attempt - 1, 30), maxMs);
  return full / 2 + (random() * full) / 2;
}

/** A server that is not the one that the credentials are for: trying again does not change its certificate. */
function isHopeless(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code);
}
