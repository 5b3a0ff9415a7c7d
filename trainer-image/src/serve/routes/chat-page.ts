import type { Handler } from 'hono';
import { ApiError } from '../api-error.ts';
import type { Service } from '../service.ts';

/** GET /: the chat page, which may load nothing and talk to nobody but this server. */
export const chatPage =
  ({ page }: Service): Handler =>
  (c) => {
    if (!page) throw new ApiError('not_found', 'This model is served without a chat page (spec.ui.enabled is false).');
    return c.body(page.html, 200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': page.contentSecurityPolicy,
      'cache-control': 'no-cache',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
  };
