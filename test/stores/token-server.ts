import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** Gives tokens for a registry to whoever says the password, as the servers of public registries do. */
export async function startTokenServer(basic: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const calls: string[] = [];
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://token');
    calls.push(`${searchParams.get('service')} ${searchParams.get('scope')}`);
    if (request.headers.authorization !== basic) return response.writeHead(401).end();
    const [, name, actions = ''] = /^repository:(.*):([a-z,]+)$/.exec(searchParams.get('scope') ?? '') ?? [];
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: 'token-server',
      sub: 'reader',
      aud: searchParams.get('service'),
      exp: now + 60,
      nbf: now - 60,
      iat: now,
      jti: randomUUID(),
      access: [{ type: 'repository', name, actions: actions.split(',') }],
    };
    const text = [{ alg: 'ES256', typ: 'JWT', kid: 'of-the-test' }, claims].map(encode).join('.');
    const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return response.end(JSON.stringify({ token: `${text}.${signature.toString('base64url')}` }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    calls,
    /** The part of the registry's configuration that trusts these tokens. */
    async auth(folder: string): Promise<object> {
      const jwks = join(folder, 'jwks.json');
      const key = { ...publicKey.export({ format: 'jwk' }), kid: 'of-the-test', alg: 'ES256', use: 'sig' };
      await writeFile(jwks, JSON.stringify({ keys: [key] }));
      const realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
      return { token: { realm, service: 'the-registry', issuer: 'token-server', jwks } };
    },
    async stop(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
