import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A call to the hub, or to the server that it sends readers of large files to. */
export interface HubCall {
  readonly server: 'hub' | 'cdn';
  /** Path and query. */
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

interface HubRepository {
  readonly type?: 'model' | 'dataset';
  /** Path in the repository to content. */
  readonly files: Readonly<Record<string, Buffer | string>>;
  readonly access?: 'Public' | 'Private' | 'Gated';
}

interface Misbehaviour {
  /** What to answer instead. */
  readonly refuse?: (
    call: HubCall,
  ) => { readonly status: number; readonly headers?: Readonly<Record<string, string>> } | undefined;
  /** After so many bytes of an answer nothing more comes. */
  readonly holdAfter?: (call: HubCall) => number | undefined;
  /** After so many bytes of an answer the connection is lost. */
  readonly cutAfter?: (call: HubCall) => number | undefined;
  /** Changes what is sent of a file. */
  readonly rewrite?: (call: HubCall, content: Buffer) => Buffer;
  /** Changes the entries of a listed folder. */
  readonly rewriteList?: (entries: TreeEntry[]) => TreeEntry[];
}

interface TreeEntry {
  readonly type: 'file' | 'directory';
  readonly path: string;
  readonly size: number;
  readonly oid: string;
  readonly lfs?: { readonly oid: string; readonly size: number; readonly pointerSize: number };
}

export const hubToken = 'hf_not-a-secret';
const largeFile = 1000;
const pageLength = 3;

/**
 * Stands in for a Hugging Face hub, which no test can reach: it speaks the part of its HTTP API that reading needs, as its
 * documentation and its own client have it. Model info, trees in pages, and files with ETag and Range, large ones by a
 * redirect to another origin that does not want to see a token.
 */
export async function startHubStandIn(misbehaviour: Misbehaviour = {}) {
  const calls: HubCall[] = [];
  const repositories = new Map<string, HubRepository>();
  const commits = new Map<string, HubRepository>();
  const branches = new Map<string, string>();
  const blobs = new Map<string, Buffer>();

  const listen = async (server: HubCall['server'], answer: (call: HubCall, response: ServerResponse) => void) => {
    const http = createServer((request: IncomingMessage, response) => {
      const { url: path = '', headers } = request;
      const call = { server, path, range: headers.range, authorization: headers.authorization };
      calls.push(call);
      const refused = misbehaviour.refuse?.(call);
      if (refused) response.writeHead(refused.status, refused.headers).end();
      else answer(call, response);
    }).listen(0, '127.0.0.1');
    await once(http, 'listening');
    return http;
  };
  const cdn = await listen('cdn', (call, response) => {
    const blob = blobs.get(call.path.split('?')[0]!.slice(1));
    if (call.authorization !== undefined || !call.path.endsWith('?signature=of-the-hub') || !blob)
      response.writeHead(400).end();
    else send(call, response, blob, {});
  });
  const hub = await listen('hub', (call, response) => {
    const parsed =
      /^\/api\/(model|dataset)s\/([^/]+\/[^/]+)\/(revision|tree)\/([^/?]+)(?:\/([^?]*))?/.exec(call.path) ??
      /^\/(?:(dataset)s\/)?([^/]+\/[^/]+)\/(resolve)\/([^/?]+)\/([^?]+)/.exec(call.path);
    const [, type = 'model', name = '', verb = '', revision = '', path = ''] = parsed ?? [];
    const repository = repositories.get(`${type} ${name}`);
    const fails = (status: number, code: string) =>
      response.writeHead(status, { 'x-error-code': code, 'content-type': 'application/json' }).end('{"error":"no"}');
    const mayRead = call.authorization === `Bearer ${hubToken}`;
    if (!repository || (repository.access === 'Private' && !mayRead))
      return fails(call.authorization === undefined ? 401 : 404, 'RepoNotFound');
    const commit = branches.get(`${type} ${name} ${decodeURIComponent(revision)}`) ?? revision;
    const { files } = commits.get(commit) ?? {};
    if (!files) return fails(404, 'RevisionNotFound');
    if (verb === 'revision') {
      const info = { _id: '1', id: name, sha: commit, private: false, gated: false, downloads: 0, likes: 0 };
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(info));
    }
    if (verb === 'tree') return sendTree(call, response, files, decodeURIComponent(path));
    const content = files[decodeURIComponent(path)];
    if (content === undefined) return fails(404, 'EntryNotFound');
    if (repository.access === 'Gated') return fails(403, 'GatedRepo');
    const bytes = Buffer.from(content);
    if (bytes.length < largeFile) return send(call, response, bytes, { etag: `"${gitBlob(bytes)}"` });
    blobs.set(sha256(bytes), bytes);
    return response.writeHead(302, { location: `${origin(cdn)}/${sha256(bytes)}?signature=of-the-hub` }).end();
  });

  function send(call: HubCall, response: ServerResponse, whole: Buffer, headers: Record<string, string>): void {
    const content = misbehaviour.rewrite?.(call, whole) ?? whole;
    const start = Number(/^bytes=(\d+)-$/.exec(call.range ?? '')?.[1] ?? 0);
    const rest = content.subarray(start);
    response.writeHead(call.range === undefined ? 200 : 206, {
      ...headers,
      'content-length': rest.length,
      ...(call.range === undefined
        ? {}
        : { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
    });
    const cut = misbehaviour.cutAfter?.(call);
    const left = cut ?? misbehaviour.holdAfter?.(call) ?? Infinity;
    if (left >= rest.length) response.end(rest);
    else response.write(rest.subarray(0, left), () => cut !== undefined && response.destroy());
  }

  function sendTree(call: HubCall, response: ServerResponse, files: HubRepository['files'], folder: string) {
    const below = folder === '' ? '' : `${folder}/`;
    const entries = new Map<string, TreeEntry>();
    for (const [path, content] of Object.entries(files)) {
      if (!path.startsWith(below)) continue;
      const [first = '', ...rest] = path.slice(below.length).split('/');
      entries.set(first, rest.length > 0 ? directory(below + first) : fileEntry(path, Buffer.from(content)));
    }
    if (entries.size === 0) return response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end();
    const { searchParams, pathname } = new URL(call.path, 'http://hub');
    const from = Number(searchParams.get('cursor') ?? 0);
    const all = misbehaviour.rewriteList?.([...entries.values()]) ?? [...entries.values()];
    const next = from + pageLength < all.length ? `${origin(hub)}${pathname}?cursor=${from + pageLength}` : undefined;
    return response
      .writeHead(200, {
        'content-type': 'application/json',
        ...(next === undefined ? {} : { link: `<${next}>; rel="next"` }),
      })
      .end(JSON.stringify(all.slice(from, from + pageLength)));
  }

  return {
    calls,
    environment: { HF_ENDPOINT: origin(hub) },
    /** Commits files to a branch, and returns the commit's name. */
    commit(name: string, repository: HubRepository, branch = 'main'): string {
      const { type = 'model', files } = repository;
      const listing = Object.entries(files).map(([path, content]) => `${path} ${gitBlob(Buffer.from(content))}`);
      const commit = createHash('sha1')
        .update([type, name, ...listing].join('\n'))
        .digest('hex');
      repositories.set(`${type} ${name}`, repository);
      commits.set(commit, repository);
      branches.set(`${type} ${name} ${branch}`, commit);
      return commit;
    },
    async stop(): Promise<void> {
      for (const server of [hub, cdn]) {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      }
    },
  };
}

const origin = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

function gitBlob(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

function directory(path: string): TreeEntry {
  return { type: 'directory', path, size: 0, oid: '0'.repeat(40) };
}

function fileEntry(path: string, content: Buffer): TreeEntry {
  const size = content.length;
  // Git keeps a pointer in place of a large file.
  if (size < largeFile) return { type: 'file', path, size, oid: gitBlob(content) };
  return { type: 'file', path, size, oid: 'f'.repeat(40), lfs: { oid: sha256(content), size, pointerSize: 130 } };
}
