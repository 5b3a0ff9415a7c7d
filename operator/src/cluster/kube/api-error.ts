import { OperatorError } from '../../errors.ts';

/** What the API server answers instead of an object. */
export interface ApiStatus {
  readonly kind: 'Status';
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly uid?: string; readonly retryAfterSeconds?: number };
}

/** A call that the API server refused, with its HTTP status and the reason that it gave. */
export class ApiError extends OperatorError {
  readonly status: number;
  readonly reason: string;
  readonly retryAfterSeconds: number | undefined;

  constructor(call: string, status: number, answer: Partial<ApiStatus>, retryAfterSeconds?: number) {
    const reason = answer.reason ?? `HTTP ${status}`;
    super('ClusterRefused', `${call}: ${answer.message ?? reason} (${reason})`);
    this.name = 'ApiError';
    this.status = status;
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds ?? answer.details?.retryAfterSeconds;
  }
}

/** Reads the body of a refusal: a Status object, or whatever a proxy on the way wrote. */
export function refusalOf(call: string, status: number, body: string, retryAfter?: string): ApiError {
  const seconds = retryAfter === undefined ? Number.NaN : Number(retryAfter);
  return new ApiError(call, status, parseStatus(body), Number.isFinite(seconds) ? seconds : undefined);
}

function parseStatus(body: string): Partial<ApiStatus> {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && 'kind' in parsed && parsed.kind === 'Status')
      return parsed as ApiStatus;
  } catch {
    // Not JSON: a proxy's page.
  }
  const text = body.trim().slice(0, 300);
  return text === '' ? {} : { message: text };
}

/** Whether an error is the API server's answer with that HTTP status. */
export function isStatus(error: unknown, status: number): boolean {
  return error instanceof ApiError && error.status === status;
}

/** Whether a resource version or a page is too old, so that the list must be read again. */
export function isExpired(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 410 || error.reason === 'Expired' || error.reason === 'Gone');
}
