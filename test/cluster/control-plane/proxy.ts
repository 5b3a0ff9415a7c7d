import { connect, createServer, type Server, type Socket } from 'node:net';

type Behaviour =
  { readonly kind: 'pass' } | { readonly kind: 'refuse' } | { readonly kind: 'delay'; readonly ms: number };

/** A TCP proxy on loopback that a test tells to misbehave. TLS passes through unread. */
export class ConnectionProxy {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #behaviour: Behaviour = { kind: 'pass' };
  #frozen = false;
  #accepted = 0;

  private constructor(target: URL) {
    this.#target = { host: target.hostname, port: Number(target.port) };
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Starts a proxy in front of the server at `url`. */
  static async start(url: string): Promise<ConnectionProxy> {
    const proxy = new ConnectionProxy(new URL(url));
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The proxy is closed');
    return `https://127.0.0.1:${address.port}`;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#pairs.size;
  }

  /** Connections that were ever opened. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Resets every open connection, watches among them; returns how many. New ones pass. */
  cutConnections(): number {
    const cut = this.#pairs.size;
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
    this.#pairs.clear();
    return cut;
  }

  /** Resets new connections until `pass`; open ones live on. */
  refuse(): void {
    this.#behaviour = { kind: 'refuse' };
  }

  /** Holds each new connection for this long before its first byte goes through. */
  delay(ms: number): void {
    this.#behaviour = { kind: 'delay', ms };
  }

  /** Keeps every connection open and lets no byte through, as a network does that lost a route. */
  freeze(): void {
    this.#frozen = true;
    for (const [client, server] of this.#pairs) {
      client.unpipe(server).pause();
      server.unpipe(client).pause();
    }
  }

  /** Behaves again: new connections pass, and frozen ones go on where they were. */
  pass(): void {
    this.#behaviour = { kind: 'pass' };
    if (!this.#frozen) return;
    this.#frozen = false;
    for (const pair of this.#pairs) join(pair);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cutConnections();
    await closed;
  }

  #accept(client: Socket): void {
    this.#accepted += 1;
    const behaviour = this.#behaviour;
    if (behaviour.kind === 'refuse') {
      client.resetAndDestroy();
      return;
    }
    const server = connect(this.#target);
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    const end = () => {
      if (!this.#pairs.delete(pair)) return;
      client.destroy();
      server.destroy();
    };
    for (const socket of pair) socket.setNoDelay(true).on('error', end).on('close', end);
    const begin = () => {
      if (!this.#frozen) join(pair);
    };
    if (behaviour.kind === 'delay') setTimeout(begin, behaviour.ms);
    else begin();
  }
}

function join([client, server]: readonly [Socket, Socket]): void {
  client.pipe(server);
  server.pipe(client);
}
