import type { Handler } from 'hono';
import type { Service } from '../service.ts';

/** GET /: the chat page, which may load nothing and talk to nobody but this server. */
export const chatPage =
  ({ page }: Service): Handler =>
  (c) =>
    c.body(page.html, 200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': page.contentSecurityPolicy,
      'cache-control': 'no-cache',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
