import { expect, test } from 'vitest';
import { answer, serveHttp, type Handler } from './http-server.suite.ts';
import { servesKind } from './serves-kind.ts';

const path = '/apis/gateway.networking.k8s.io/v1';

test.for<[string, Handler, boolean]>([
  ['a group that has it', (_, response) => answer(response, 200, { resources: [{ name: 'httproutes' }] }), true],
  ['a group without it', (_, response) => answer(response, 200, { resources: [{ name: 'gateways' }] }), false],
  ['no such group', (_, response) => answer(response, 404, { kind: 'Status', code: 404, reason: 'NotFound' }), false],
])('%s', async ([, handler, expected]) => {
  const asked: (string | undefined)[] = [];
  const served = await serveHttp((request, response) => {
    asked.push(request.url);
    return handler(request, response);
  });
  expect(await servesKind(served.rest, 'HTTPRoute')).toBe(expected);
  expect(asked).toEqual([path]);
  await served.close();
});
