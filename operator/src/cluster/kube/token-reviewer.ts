import { createHash } from 'node:crypto';
import type { TokenOwner } from '../port.ts';
import type { RestClient } from './rest-client.ts';

/** What the API server says of a token. */
export interface ReviewedToken {
  readonly authenticated?: boolean;
  readonly audiences?: readonly string[];
  readonly user?: { readonly username?: string; readonly extra?: Readonly<Record<string, readonly string[]>> };
}

export interface TokenReviewerOptions {
  readonly rest: RestClient;
  /** Whether a pod is known to be alive, without asking the server; a token is asked about again while this is not known. */
  readonly isAlive: (owner: TokenOwner) => boolean;
}

const keptMs = 60_000;
const keptTokens = 5_000;

/** Asks the API server whose a token is; the answer is kept for a minute while the pod is known to live. */
export class TokenReviewer {
  readonly #options: TokenReviewerOptions;
  readonly #known = new Map<string, { readonly owner: TokenOwner; readonly until: number }>();
  readonly #asking = new Map<string, Promise<TokenOwner | undefined>>();

  constructor(options: TokenReviewerOptions) {
    this.#options = options;
  }

  review(token: string, audience: string): Promise<TokenOwner | undefined> {
    const key = createHash('sha256').update(`${audience}\n${token}`).digest('base64');
    const known = this.#known.get(key);
    if (known && performance.now() < known.until && this.#options.isAlive(known.owner))
      return Promise.resolve(known.owner);
    this.#known.delete(key);
    const asking = this.#asking.get(key) ?? this.#ask(key, token, audience);
    this.#asking.set(key, asking);
    return asking;
  }

  async #ask(key: string, token: string, audience: string): Promise<TokenOwner | undefined> {
    try {
      const { status = {} } = await this.#options.rest.json<{ status?: ReviewedToken }>({
        method: 'POST',
        path: '/apis/authentication.k8s.io/v1/tokenreviews',
        body: {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenReview',
          spec: { token, audiences: [audience] },
        },
        deadlineMs: 10_000,
      });
      const owner = ownerOf(status, audience);
      if (owner) this.#remember(key, owner);
      return owner;
    } finally {
      this.#asking.delete(key);
    }
  }

  #remember(key: string, owner: TokenOwner): void {
    this.#known.set(key, { owner, until: performance.now() + keptMs });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= keptTokens) return;
      this.#known.delete(oldest);
    }
  }
}

/** The pod that a reviewed token was projected into; undefined for any other token. */
function ownerOf({ authenticated, audiences = [], user }: ReviewedToken, audience: string): TokenOwner | undefined {
  const namespace = /^system:serviceaccount:([^:]+):/.exec(user?.username ?? '')?.[1];
  const [pod] = user?.extra?.['authentication.kubernetes.io/pod-name'] ?? [];
  const [podUid] = user?.extra?.['authentication.kubernetes.io/pod-uid'] ?? [];
  if (authenticated !== true || !audiences.includes(audience)) return undefined;
  if (namespace === undefined || pod === undefined || podUid === undefined) return undefined;
  return { namespace, pod, podUid };
}
