import { ApiError } from './api-error.ts';
import type { Service } from './service.ts';

/** What a client is told about anything thrown; counts it, and logs what it did not expect, never the request's text. */
export function toApiError(error: unknown, { logger, metrics }: Pick<Service, 'logger' | 'metrics'>): ApiError {
  if (error instanceof ApiError) {
    metrics.errors.inc({ code: error.code });
    return error;
  }
  // Counted where it happened; the client will not read this.
  if (error instanceof DOMException && error.name === 'AbortError')
    return new ApiError('shutting_down', 'The answer was cut off, since its client left.');
  metrics.errors.inc({ code: 'internal_error' });
  logger.error('request failed', { cause: error instanceof Error ? error.stack : String(error) });
  return new ApiError('internal_error', 'The server failed on this request; its log has the cause.');
}
