import { expect, inject, onTestFailed, test } from 'vitest';
import { commandBlocks } from '../checks/command-blocks.ts';
import { files, read } from '../checks/tree.ts';
import { freePort, run } from './shell.ts';

// Runs every command that a page shows, in the page's order, in the folder that a newcomer would have. A command runs as it is
// written, unless it is listed here with the reason why not.
const port = await freePort();
const replaced: Readonly<Record<string, string>> = {
  // Without --once it serves until Ctrl-C; the port may be taken on the machine that tests.
  'npm run quickstart': `npm run quickstart -- --once --port ${port}`,
  // This test is part of it; .ci/run does run it.
  'npm test': 'grep -qx "npm test" .ci/run',
};

const folder = inject('newcomerFolder');
const pages = files('README.md', 'examples/*/README.md');
const commands = pages.flatMap((page) =>
  commandBlocks(read(page)).flatMap(({ line, commands: block }) => block.map((command) => ({ page, line, command }))),
);

test('the README shows the two commands that everything starts with', () => {
  expect(commands.map(({ command }) => command)).toEqual(expect.arrayContaining(['npm run quickstart', 'npm test']));
});

test.each(commands)('$page:$line $command', async ({ command }) => {
  const { code, output } = await run(replaced[command] ?? command, folder);
  onTestFailed(() => console.error(output));
  expect(code).toBe(0);
});

test('no replacement is left that no page needs', () => {
  const shown = new Set(commands.map(({ command }) => command));
  expect(Object.keys(replaced).filter((command) => !shown.has(command))).toEqual([]);
});
