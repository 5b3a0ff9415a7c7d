import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { digestOf } from '../../trainer-image/src/artifacts/digest.ts';
import { resolveExisting } from '../../trainer-image/src/artifacts/resolve.ts';
import { storesAt } from '../../trainer-image/src/artifacts/stores.fixture.ts';
import { createAuthority, issueCertificate } from '../cluster/control-plane/certificates.ts';
import { bytesOf } from './artifact-folder.ts';
import { copying, sizeOfPart } from './copying.ts';
import { startWebServer } from './web-server.ts';

const content = bytesOf(2 ** 20);
const digest = digestOf(content);
const refusal = (code: string, message: RegExp) => ({ code, message: expect.stringMatching(message) as string });

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'web-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));
const newRoot = () => mkdtemp(join(folder, 'root-'));

async function webServer(options: Parameters<typeof startWebServer>[0] = {}) {
  const server = await startWebServer(options);
  onTestFinished(() => server.stop());
  server.files.set('/data/qa.jsonl', content);
  return { ...server, uri: `${server.origin}/data/qa.jsonl` };
}

const fetched = async (address: Parameters<typeof resolveExisting>[0], root?: string, environment = {}) =>
  resolveExisting(address, storesAt(root ?? (await newRoot()), environment), 'DataInvalid');

test('a file is copied, once for each version of it', async () => {
  const server = await webServer();
  const root = await newRoot();
  const path = await fetched({ uri: server.uri, digest }, root);
  expect(basename(path)).toBe('qa.jsonl');
  expect(content.equals(await readFile(path))).toBe(true);
  const first = await fetched({ uri: `${server.uri}?signature=1` }, root);
  server.files.set('/data/qa.jsonl', Buffer.from('{}'));
  const second = await fetched({ uri: `${server.uri}?signature=1` }, root);
  expect([(await readFile(first)).length, await readFile(second, 'utf8')]).toEqual([content.length, '{}']);
  server.files.set('/data/qa.jsonl', Buffer.from(''));
  expect(await readFile(await fetched({ uri: server.uri }, root), 'utf8')).toBe('');
});

test('one model may be a .gguf file', async () => {
  const server = await webServer();
  server.files.set('/small.gguf', Buffer.from('GGUF'));
  const path = await resolveExisting(
    { uri: `${server.origin}/small.gguf` },
    storesAt(await newRoot()),
    'ModelIncompatible',
  );
  expect(await readFile(path, 'utf8')).toBe('GGUF');
});

test.each([
  ['from its last byte', {}, content, ['bytes=0-0', 'bytes=500000-']],
  ['anew where the server knows no ranges', { knowsRanges: false }, content, ['bytes=0-0', 'bytes=500000-']],
  ['anew where no version can be asked for', { headers: { etag: 'W/"1"' } }, content, ['bytes=0-0', undefined]],
])('a copy that was killed goes on %s', async (_how, options, whole, asked) => {
  let held = true;
  const server = await webServer({ ...options, holdAfter: () => (held ? 500_000 : undefined) });
  const root = await newRoot();
  const copy = copying(['fetch', server.uri, root, 'DataInvalid'], {});
  await expect.poll(() => sizeOfPart(root), { timeout: 20_000 }).toBe(500_000);
  await copy.kill();
  held = false;
  const before = server.ranges.length;
  expect(whole.equals(await readFile(await fetched({ uri: server.uri }, root)))).toBe(true);
  expect(server.ranges.slice(before)).toEqual(asked);
});

test('a server may want to know who asks', async () => {
  const server = await webServer({ refuse: (authorization) => (authorization === 'Bearer a' ? undefined : 401) });
  const root = await newRoot();
  const secret = join(root, 'var/run/secrets/wikigpt-stores/web');
  await mkdir(secret, { recursive: true });
  await writeFile(join(secret, 'HTTP_AUTHORIZATION'), 'Bearer a');
  await expect(fetched({ uri: server.uri, secretRef: { name: 'web' } }, root)).resolves.toContain('qa.jsonl');
  await expect(fetched({ uri: server.uri }, root)).rejects.toMatchObject(
    refusal('PermissionDenied', /401.*HTTP_AUTHORIZATION/),
  );
});

test.each([
  ['/data/none.jsonl', 'DataInvalid', /is not there \(404\)/],
  ['/data/qa.tar', 'InvalidSpec', /no single file .*archives are read from hf/],
  ['/data/model.safetensors', 'InvalidSpec', /no single file/],
  ['/data/', 'InvalidSpec', /no single file/],
  ['/data/qa.py', 'DataInvalid', /must end in \.jsonl/],
  ['/data/..%2Fqa.jsonl', 'InvalidSpec', /cannot be a file here/],
])('%s is refused', async (path, code, message) => {
  const { origin } = await webServer();
  await expect(fetched({ uri: `${origin}${path}` })).rejects.toMatchObject(refusal(code, message));
});

test('what a server does not say, or says too late, is refused', async () => {
  const other = `sha256:${'0'.repeat(64)}`;
  const { uri } = await webServer();
  await expect(fetched({ uri, digest: other })).rejects.toMatchObject(
    refusal('DigestMismatch', /is not what sha256:000/),
  );
  await expect(fetched({ uri: uri.replace('//', '//me:secret@') })).rejects.toMatchObject(
    refusal('InvalidSpec', /holds no password/),
  );
  await expect(fetched({ uri }, undefined, { WIKIGPT_COPY_LIMIT: '1Ki' })).rejects.toMatchObject(
    refusal('InvalidSpec', /1048576 bytes to copy and 1024 are allowed/),
  );
  const nameless = await webServer({ headers: { etag: undefined } });
  await expect(fetched({ uri: nameless.uri })).rejects.toMatchObject(refusal('InvalidSpec', /which version/));
  const endless = await webServer({ knowsRanges: false, headers: { 'content-length': undefined } });
  await expect(fetched({ uri: endless.uri })).rejects.toMatchObject(refusal('InvalidSpec', /how long the file is/));
});

test('a server with a certificate of its own is trusted by ca.crt, and may not send readers away from https', async () => {
  const now = new Date();
  const authority = createAuthority('authority', now);
  const tls = issueCertificate(authority, { commonName: 'web', names: ['127.0.0.1'] }, now);
  const plain = await webServer();
  const server = await webServer({ tls });
  const trusted = { 'ca.crt': authority.certificate };
  await expect(fetched({ uri: server.uri })).rejects.toMatchObject(
    refusal('InvalidSpec', /certificate is not trusted.*ca\.crt/),
  );
  await expect(fetched({ uri: server.uri }, undefined, trusted)).resolves.toContain('qa.jsonl');
  const sending = await webServer({ tls, headers: { location: plain.uri }, refuse: () => 302 });
  await expect(fetched({ uri: sending.uri }, undefined, trusted)).rejects.toMatchObject(
    refusal('InvalidSpec', /redirects from https:\/\/ to http:\/\//),
  );
});

test('a proxy is used where the variables name one, but not for what they except', async () => {
  const { uri, ranges } = await webServer();
  const asked: string[] = [];
  // For http:// a proxy is asked with the whole address.
  const proxy = createServer(({ url = '', headers }, response) => {
    asked.push(url);
    const onward = request(url, { headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.end();
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => void proxy.close());
  const http_proxy = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  await fetched({ uri }, undefined, { http_proxy });
  expect(new Set(asked)).toEqual(new Set([uri]));
  const before = asked.length;
  await fetched({ uri }, undefined, { HTTP_PROXY: http_proxy, NO_PROXY: '127.0.0.1' });
  expect(asked).toHaveLength(before);
  expect(ranges).toHaveLength(4);
});
