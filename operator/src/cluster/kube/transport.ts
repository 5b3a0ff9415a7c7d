import { Agent, request, type Dispatcher } from 'undici';
import type { Credentials, CredentialSource } from './credentials.ts';
import { fenced, type Fence } from './fence.ts';

export interface Outgoing {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
  /** Nothing is sent once it is closed. */
  readonly fence?: Fence | undefined;
}

export interface TransportOptions {
  readonly credentials: CredentialSource;
  readonly userAgent: string;
  /** How long credentials are used before they are read again. */
  readonly refreshMs?: number;
  /** Called for every connection that is opened. */
  readonly onConnect?: () => void;
}

/** Idle connections are kept for less than the 90 s after which an API server closes them. */
const keepAliveTimeout = 60_000;
/** The kernel asks a silent peer after this time and gives up ten seconds later: what finds a half-open watch. */
const keepAliveInitialDelay = 15_000;

/**
 * One pool of connections to one API server. HTTP/1.1: a watch has a connection of its own, and a lost one takes no
 * other call with it.
 */
export class Transport {
  readonly #options: TransportOptions;
  #agent: Agent | undefined;
  #agentTls = '';
  #agentCredentials: Credentials | undefined;
  #read: { readonly credentials: Promise<Credentials>; readonly at: number } | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  async send({ method, path, headers, body, signal, fence }: Outgoing): Promise<Dispatcher.ResponseData> {
    const credentials = await this.#credentials();
    const url = new URL(credentials.server);
    const agent = this.#agentFor(credentials);
    return request(`${url.origin}${url.pathname.replace(/\/$/, '')}${path}`, {
      method,
      dispatcher: fence ? agent.compose(fenced(fence)) : agent,
      headers: { 'user-agent': this.#options.userAgent, ...credentials.headers, ...headers },
      ...(body === undefined ? {} : { body }),
      // A deletion says in its body what is to be deleted; the library would close the connection after it.
      reset: false,
      signal,
      // A call's deadline is its signal; a watch may be silent for as long as its reader allows.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Reads the credentials again before the next call: the server has refused them. */
  renew(): void {
    this.#read = undefined;
  }

  /** Closes every connection, those in use included. */
  async close(): Promise<void> {
    await this.#agent?.destroy();
  }

  #credentials(): Promise<Credentials> {
    const now = performance.now();
    const { refreshMs = 60_000, credentials: source } = this.#options;
    if (this.#read && now - this.#read.at < refreshMs) return this.#read.credentials;
    const read = { credentials: source(), at: now };
    this.#read = read;
    read.credentials.catch(() => {
      if (this.#read === read) this.#read = undefined;
    });
    return read.credentials;
  }

  /** The pool is replaced only when the trust or the certificate has changed; calls under way end on the old one. */
  #agentFor(credentials: Credentials): Agent {
    if (this.#agent && credentials === this.#agentCredentials) return this.#agent;
    this.#agentCredentials = credentials;
    const { server, tls } = credentials;
    const text = JSON.stringify([server, Object.entries(tls).map(([name, value]) => [name, String(value)])]);
    if (this.#agent && text === this.#agentTls) return this.#agent;
    const old = this.#agent;
    this.#agent = new Agent({
      keepAliveTimeout,
      keepAliveMaxTimeout: keepAliveTimeout,
      connections: 64,
      allowH2: false,
      connect: { ...tls, keepAlive: true, keepAliveInitialDelay, timeout: 10_000 },
    });
    const { onConnect } = this.#options;
    if (onConnect) this.#agent.on('connect', () => onConnect());
    this.#agentTls = text;
    void old?.close();
    return this.#agent;
  }
}
