import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { OperatorError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { keyText, keyOf } from '../kinds.ts';
import type { Pod, Service } from '../objects.ts';
import { portAnnotation } from './kubelet.ts';
import type { ObjectStore } from './object-store.ts';
import { hasCondition, isEnding } from './pods-of.ts';

export interface ServiceProxiesOptions {
  readonly store: ObjectStore;
  /** The port of the first Service; 0 takes any free port. Further Services take the next free ones. */
  readonly port: number;
  readonly log: Logger;
}

const host = '127.0.0.1';
const portsToTry = 50;
const manager = 'service-proxy';

/** Services as TCP proxies: one stable port for each, whatever pod is behind it at the moment. */
export class ServiceProxies {
  readonly #options: ServiceProxiesOptions;
  readonly #servers = new Map<string, Server>();
  readonly #sockets = new Set<Socket>();
  #reserved: Server | undefined;
  #unsubscribe: (() => void) | undefined;
  #turn = 0;
  #opening = Promise.resolve();

  constructor(options: ServiceProxiesOptions) {
    this.#options = options;
  }

  /** Takes the first port at once, so that a taken one is known before hours of training; throws PortInUse. */
  async reserve(): Promise<void> {
    this.#reserved ??= await this.#listen(this.#options.port);
  }

  start(): void {
    const { store } = this.#options;
    this.#unsubscribe = store.subscribe(({ type, object }) => {
      if (object.kind !== 'Service') return;
      if (type === 'Added') this.#open(object);
      if (type === 'Deleted') this.#close(keyText(keyOf(object)));
    });
    const oldestFirst = store.list('Service').sort((a, b) => age(a).localeCompare(age(b)));
    for (const service of oldestFirst) this.#open(service);
  }

  async stop(): Promise<void> {
    this.#unsubscribe?.();
    await this.#opening;
    for (const service of this.#options.store.list('Service')) this.#report(service, undefined);
    for (const server of [...this.#servers.values(), this.#reserved]) server?.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** One after another, so that Services get their ports in the order they came. */
  #open(service: Service): void {
    this.#opening = this.#opening.then(() => this.#serve(service));
  }

  async #serve(service: Service): Promise<void> {
    const { port, log } = this.#options;
    const key = keyText(keyOf(service));
    try {
      const server = this.#reserved ?? (await this.#listenNear(port));
      this.#reserved = undefined;
      server.removeAllListeners('connection');
      server.on('connection', (socket) => this.#forward(service, socket));
      this.#servers.set(key, server);
      this.#report(service, (server.address() as AddressInfo).port);
    } catch (error) {
      log.error('service has no port', { service: key, error });
      this.#report(service, port, 'PortInUse');
    }
  }

  #close(key: string): void {
    const server = this.#servers.get(key);
    this.#servers.delete(key);
    server?.close();
  }

  async #listenNear(port: number): Promise<Server> {
    for (let offset = 0; offset < portsToTry; offset++)
      try {
        return await this.#listen(port === 0 ? 0 : port + offset);
      } catch (error) {
        if (!(error instanceof OperatorError)) throw error;
      }
    throw portInUse(port);
  }

  #listen(port: number): Promise<Server> {
    return new Promise((resolve, reject) => {
      const server = createServer();
      server.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'EADDRINUSE') reject(portInUse(port));
        else if (error.code === 'EACCES') reject(portForbidden(port));
        else reject(error);
      });
      server.on('connection', (socket) => this.#refuse(socket));
      server.listen(port, host, () => resolve(server));
    });
  }

  #forward(service: Service, socket: Socket): void {
    const pods = this.#readyPods(service);
    const pod = pods[this.#turn++ % Math.max(pods.length, 1)];
    if (!pod) return this.#refuse(socket);
    this.#keep(socket);
    const upstream = this.#keep(connect(Number(pod.metadata.annotations?.[portAnnotation]), host));
    upstream.once('error', () => {
      if (socket.bytesWritten === 0) this.#refuse(socket);
      else socket.destroy();
    });
    socket.once('error', () => upstream.destroy());
    upstream.once('connect', () => {
      socket.pipe(upstream);
      upstream.pipe(socket);
    });
    socket.once('close', () => upstream.destroy());
    upstream.once('close', () => socket.end());
  }

  #readyPods(service: Service): Pod[] {
    return this.#options.store
      .list('Pod', { namespace: service.metadata.namespace, labels: this.#selector(service) })
      .filter((pod) => hasCondition(pod, 'Ready') && !isEnding(pod));
  }

  #selector({ metadata: { namespace, name }, spec }: Service) {
    return this.#options.store.get('Service', namespace, name)?.spec.selector ?? spec.selector;
  }

  /** Answers whatever is asked with a sentence; a browser asks again by itself. */
  #refuse(socket: Socket): void {
    this.#keep(socket);
    socket.on('error', () => socket.destroy());
    const body =
      'The model is not ready yet. This page answers once `wikigpt get` shows Ready.\n模型还没有准备好，请稍候。\n';
    const head = [
      'HTTP/1.1 503 Service Unavailable',
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Retry-After: 3',
      'Refresh: 3',
      'Connection: close',
    ];
    socket.once('data', () => socket.end(`${head.join('\r\n')}\r\n\r\n${body}`));
    socket.resume();
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }

  #report({ metadata: { namespace, name } }: Service, port: number | undefined, error?: string): void {
    const ports = port === undefined ? [] : [{ port, protocol: 'TCP', ...(error === undefined ? {} : { error }) }];
    this.#options.store.patchStatus(
      { kind: 'Service', namespace, name },
      { loadBalancer: ports.length === 0 ? {} : { ingress: [{ ip: host, ports }] } },
      manager,
    );
  }
}

const age = (service: Service) => `${service.metadata.creationTimestamp} ${service.metadata.name}`;

function portInUse(port: number): OperatorError {
  return new OperatorError(
    'PortInUse',
    `Port ${port} is in use by another program. Choose another one, such as: --port ${port + 1}`,
  );
}

function portForbidden(port: number): OperatorError {
  return new OperatorError(
    'PortInUse',
    `Port ${port} may not be used by this user. Choose one above 1023, such as: --port 8080`,
  );
}
