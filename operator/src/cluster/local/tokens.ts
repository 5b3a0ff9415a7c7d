import { createHash, randomBytes } from 'node:crypto';
import type { TokenOwner } from '../port.ts';

/** Tokens projected into pods; only their digests are kept, and they end with the pod or with this process. */
export class PodTokens {
  readonly #issued = new Map<string, { readonly owner: TokenOwner; readonly audience: string }>();

  issue(owner: TokenOwner, audience: string): string {
    const token = randomBytes(32).toString('base64url');
    this.#issued.set(digestOf(token), { owner, audience });
    return token;
  }

  review(token: string, audience: string): TokenOwner | undefined {
    const found = this.#issued.get(digestOf(token));
    return found?.audience === audience ? found.owner : undefined;
  }

  revoke(podUid: string): void {
    for (const [digest, { owner }] of this.#issued) if (owner.podUid === podUid) this.#issued.delete(digest);
  }
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
