import { expect, test } from 'vitest';
import { commandBlocks } from './command-blocks.ts';

test('shell blocks are found with their lines; comments are dropped and continued lines joined', () => {
  const page = [
    '# Title',
    '',
    '```sh',
    '# first',
    'npm test',
    'wikigpt score \\',
    '    --json',
    '```',
    '',
    '```yaml',
    'a: 1',
    '```',
    '',
  ];
  expect(commandBlocks(page.join('\n'))).toEqual([{ line: 3, commands: ['npm test', 'wikigpt score --json'] }]);
});
