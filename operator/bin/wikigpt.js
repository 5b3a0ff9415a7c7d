#!/usr/bin/env node
// The command is TypeScript that Node.js 24 runs as it is; an older Node.js that started this file hands over to the pinned one.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const main = new URL('../src/cli/main.ts', import.meta.url);
if (Number.parseInt(process.versions.node, 10) >= 24) await import(main.href);
else {
  const node = createRequire(import.meta.url).resolve('node/bin/node');
  const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' });
  // The terminal sends Ctrl-C to both; this one only waits for the other to end as it should.
  for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => {
    process.stderr.write(
      `Node.js ${process.versions.node} cannot run wikigpt, and the pinned one does not start: ${error.message}. Run npm install.\n`,
    );
    process.exit(3);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}
