import type { ContentfulStatusCode } from 'hono/utils/http-status';

const kinds = {
  invalid_request: { status: 400, type: 'invalid_request_error' },
  unsupported: { status: 400, type: 'invalid_request_error' },
  context_length_exceeded: { status: 400, type: 'invalid_request_error' },
  invalid_prompt: { status: 400, type: 'invalid_request_error' },
  model_not_found: { status: 404, type: 'invalid_request_error' },
  not_found: { status: 404, type: 'invalid_request_error' },
  method_not_allowed: { status: 405, type: 'invalid_request_error' },
  body_too_large: { status: 413, type: 'invalid_request_error' },
  unsupported_media_type: { status: 415, type: 'invalid_request_error' },
  queue_full: { status: 429, type: 'rate_limit_error' },
  internal_error: { status: 500, type: 'server_error' },
  peer_unreachable: { status: 502, type: 'server_error' },
  loading: { status: 503, type: 'server_error' },
  shutting_down: { status: 503, type: 'server_error' },
} as const satisfies Record<string, { status: ContentfulStatusCode; type: string }>;

export type ApiErrorCode = keyof typeof kinds;

/** The error body of the OpenAI API. */
export interface ApiErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: ApiErrorCode;
  };
}

/** A request that gets an error answer; the message says what was found and what to send instead. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  readonly param: string | null;

  constructor(code: ApiErrorCode, message: string, param: string | null = null) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.param = param;
  }

  get status(): ContentfulStatusCode {
    return kinds[this.code].status;
  }

  get body(): ApiErrorBody {
    return { error: { message: this.message, type: kinds[this.code].type, param: this.param, code: this.code } };
  }
}
