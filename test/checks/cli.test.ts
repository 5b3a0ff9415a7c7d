import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { createProgram } from '../../operator/src/cli/program.ts';
import { operatorErrors } from '../../operator/src/errors.ts';
import { documentedNames } from './tables.ts';
import { root } from './tree.ts';

const page = 'docs/cli.md';
const program = createProgram(
  () => {
    throw new Error('No command is run here.');
  },
  () => {},
);
// The trainer's own commands, whose options the operator hands through.
const handedOn = ['score', 'estimate'];
const own = program.commands.filter((command) => !handedOn.includes(command.name()));

test('docs/cli.md has every command, and no other', () => {
  expect(new Set(documentedNames(page, 'Commands'))).toEqual(
    new Set(program.commands.map((command) => command.name())),
  );
});

test.each(own.map((command) => [command.name(), command] as const))(
  'docs/cli.md has every option of %s, and no other',
  (name, command) => {
    expect(new Set(documentedNames(page, name))).toEqual(new Set(command.options.map(({ long }) => long)));
  },
);

test.each(handedOn)('docs/cli.md has every option of %s, which the trainer parses, and no other', (name) => {
  const help = execFileSync('node', ['trainer-image/src/main.ts', name, '--help'], { cwd: root, encoding: 'utf8' });
  const options = [...help.matchAll(/^ +(?:-\w, )?(--[a-z-]+)/gm)].map(([, long]) => long);
  expect(new Set([...documentedNames(page, name), '--help'])).toEqual(new Set(options));
});

test('docs/cli.md has every exit code of the command line', () => {
  const used = new Set([0, 130, ...Object.values(operatorErrors).map(({ exitCode }) => exitCode)]);
  expect(documentedNames(page, 'Exit codes').map(Number)).toEqual([...used].sort((a, b) => a - b));
});
