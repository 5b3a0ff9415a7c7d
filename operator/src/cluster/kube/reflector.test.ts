import type { ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { silent } from '../../log.ts';
import type { ConfigMap } from '../objects.ts';
import type { Change } from '../port.ts';
import { answer, serveHttp } from './http-server.suite.ts';
import { ObjectCache } from './object-cache.ts';
import { ObjectReader } from './object-reader.ts';
import { Reflector, type ReflectorTimes } from './reflector.ts';

const open: { close: () => Promise<void> }[] = [];

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

function map(name: string, version: number): ConfigMap {
  const metadata = { namespace: 'a', name, uid: name, resourceVersion: String(version) };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata };
}

const list = (version: number, ...items: object[]) => ({ metadata: { resourceVersion: String(version) }, items });
const send = (response: ServerResponse, type: string, object: object) =>
  response.write(`${JSON.stringify({ type, object })}\n`);
const bookmark = (version: number) => ({ kind: 'ConfigMap', metadata: { resourceVersion: String(version) } });

/** A reflector of ConfigMaps against a real server; `onWatch` gets every watch with its number and its start version. */
async function reflect(
  lists: readonly ((response: ServerResponse, url: URL) => void)[],
  onWatch: (response: ServerResponse, count: number, from: string | null, url: URL) => void,
  times: Partial<ReflectorTimes> = {},
) {
  const calls: string[] = [];
  let listed = 0;
  let watched = 0;
  const served = await serveHttp((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    if (url.searchParams.get('watch') === null) {
      calls.push(`list ${url.searchParams.get('continue') ?? ''}`.trim());
      lists[Math.min(listed++, lists.length - 1)]?.(response, url);
      return;
    }
    const from = url.searchParams.get('resourceVersion');
    calls.push(`watch ${from}`);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    onWatch(response, ++watched, from, url);
  });
  const heard: string[] = [];
  const { promise: done, resolve: finish } = Promise.withResolvers<void>();
  const cache = new ObjectCache<ConfigMap>();
  const reflector = new Reflector<'ConfigMap'>({
    reader: new ObjectReader(),
    rest: served.rest,
    kind: 'ConfigMap',
    scope: { namespace: 'a' },
    cache,
    onChanges: (changes: readonly Change<ConfigMap>[]) => {
      for (const { type, object } of changes) {
        heard.push(`${type} ${object.metadata.name} ${object.metadata.resourceVersion}`);
        if (object.metadata.name === 'last') finish();
      }
    },
    onSynced: () => heard.push('synced'),
    log: silent,
    random: () => 0,
    times: { firstBackoffMs: 10, ...times },
  });
  open.push({ close: () => reflector.close() }, served);
  return { heard, calls, done, reflector, cache };
}

test('a list is read page by page, and the watch goes on from its version', async () => {
  const { heard, calls, done } = await reflect(
    [
      (response, url) => {
        expect(url.searchParams.get('limit')).toBe('500');
        answer(response, 200, { ...list(5, map('one', 1)), metadata: { resourceVersion: '5', continue: 'next' } });
      },
      (response) => answer(response, 200, list(5, map('two', 2))),
    ],
    (response, _count, _from, url) => {
      expect(url.searchParams.get('allowWatchBookmarks')).toBe('true');
      expect(Number(url.searchParams.get('timeoutSeconds'))).toBeGreaterThanOrEqual(300);
      send(response, 'ADDED', map('last', 6));
    },
  );
  await done;
  expect(calls).toEqual(['list', 'list next', 'watch 5']);
  expect(heard).toEqual(['Added one 1', 'Added two 2', 'synced', 'Added last 6']);
});

test('after a cut the watch goes on where it was, bookmarks included', async () => {
  const { heard, calls, done } = await reflect([(response) => answer(response, 200, list(1))], (response, count) => {
    if (count === 1) {
      send(response, 'ADDED', map('one', 2));
      response.write('{"type":"ADDED","obj');
      setTimeout(() => response.destroy(), 5);
    } else if (count === 2) {
      send(response, 'BOOKMARK', bookmark(9));
      setTimeout(() => response.end(), 5);
    } else send(response, 'ADDED', map('last', 10));
  });
  await done;
  expect(calls).toEqual(['list', 'watch 1', 'watch 2', 'watch 9']);
  expect(heard).toEqual(['synced', 'Added one 2', 'Added last 10']);
});

test('a version that is too old is followed by a new list, which tells what was missed', async () => {
  const expired = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
  const { heard, calls, done } = await reflect(
    [
      (response) => answer(response, 200, list(1, map('gone', 1))),
      (response) => answer(response, 200, list(20, map('last', 15))),
    ],
    (response, count) => {
      if (count === 1) send(response, 'ERROR', expired);
    },
  );
  await done;
  expect(calls.slice(0, 3)).toEqual(['list', 'watch 1', 'list']);
  expect(heard).toEqual(['Added gone 1', 'synced', 'Deleted gone 1', 'Added last 15']);
});

test('a page that expired on the way is followed by a whole list', async () => {
  const { heard, done } = await reflect(
    [
      (response) => answer(response, 200, { ...list(1, map('one', 1)), metadata: { continue: 'next' } }),
      (response) => answer(response, 410, { kind: 'Status', code: 410, reason: 'Expired' }),
      (response, url) => {
        expect(url.searchParams.get('limit')).toBeNull();
        answer(response, 200, list(7, map('last', 6)));
      },
    ],
    () => undefined,
  );
  await done;
  expect(heard).toEqual(['Added last 6', 'synced']);
});

test('other errors, of the list or of the watch, do not end it', async () => {
  const { calls, done } = await reflect(
    [
      (response) => answer(response, 403, { kind: 'Status', code: 403, reason: 'Forbidden' }),
      (response) => answer(response, 200, list(3)),
    ],
    (response, count) => {
      if (count === 1) send(response, 'ERROR', { kind: 'Status', code: 500, reason: 'InternalError' });
      else if (count === 2) response.end('not json\n');
      else send(response, 'ADDED', map('last', 4));
    },
  );
  await done;
  expect(calls).toEqual(['list', 'list', 'watch 3', 'watch 3', 'watch 3']);
});

test('a watch in which nothing comes is opened anew', async () => {
  const { calls, done } = await reflect(
    [(response) => answer(response, 200, list(1))],
    (response, count) => {
      if (count === 2) send(response, 'ADDED', map('last', 2));
    },
    { inactivityMs: 50 },
  );
  await done;
  expect(calls).toEqual(['list', 'watch 1', 'watch 1']);
});

test('the list is read again from time to time, and only differences are told', async () => {
  const { heard, done } = await reflect(
    [
      (response) => answer(response, 200, list(1, map('same', 1))),
      (response) => answer(response, 200, list(9, map('same', 1), map('last', 8))),
    ],
    (response) => {
      send(response, 'BOOKMARK', bookmark(2));
      setTimeout(() => response.end(), 5);
    },
    { relistMs: 0 },
  );
  await done;
  expect(heard.slice(0, 3)).toEqual(['Added same 1', 'synced', 'Added last 8']);
});

test('a list that is wanted is read at once, also during a watch or a pause', async () => {
  const { calls, reflector, cache } = await reflect(
    [
      (response) => answer(response, 200, list(1)),
      (response) => answer(response, 200, list(5, map('one', 4))),
      (response) => answer(response, 200, list(9, map('one', 4), map('two', 8))),
    ],
    (response, count) => {
      if (count === 2) response.end('not json\n');
    },
    { firstBackoffMs: 60_000, maxBackoffMs: 60_000 },
  );
  await reflector.refresh();
  expect(cache.get('a', 'one')).toBeDefined();
  await new Promise((resolve) => setTimeout(resolve, 50));
  await reflector.refresh();
  expect(cache.get('a', 'two')).toBeDefined();
  expect(calls.filter((call) => call === 'list')).toHaveLength(3);
});

test('a server that ends every watch at once is not asked in a hot loop', async () => {
  const { calls } = await reflect([(response) => answer(response, 200, list(1))], (response) => response.end(), {
    firstBackoffMs: 40,
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(calls.length).toBeGreaterThan(2);
  expect(calls.length).toBeLessThan(6);
});
