import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

test('a line is JSON on standard error, with the message and stack of an error', () => {
  const module = new URL('log.ts', import.meta.url).href;
  const program = `const { createLogger } = await import(${JSON.stringify(module)});
    createLogger('info', { pod: 'p-0' }).error('stopped', { code: 'X', error: new Error('no space') });`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  expect(stdout).toBe('');
  expect(JSON.parse(stderr)).toMatchObject({
    level: 'error',
    message: 'stopped',
    pod: 'p-0',
    code: 'X',
    error: { message: 'no space', stack: expect.stringContaining('Error: no space') },
  });
});
