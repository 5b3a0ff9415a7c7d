import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { presetNames } from '@wikigpt/schema/presets.ts';
import { expect, test, type TestContext } from 'vitest';
import { asOperatorError, operatorErrors } from '../errors.ts';
import type { Io } from './io.ts';
import { createProgram } from './program.ts';

const fixture = fileURLToPath(new URL('../../fixtures/container.ts', import.meta.url));

const manifests = (env: Readonly<Record<string, string>> = {}) => `apiVersion: wikigpt.dev/v1alpha1
kind: FineTuneJob
metadata: {name: wiki-gpt}
spec:
  base: {scratch: {layers: 2, hidden: 32, heads: 2, context: 64, vocabulary: 512}}
  data: {sources: [{uri: "npm://facts/encyclopedia", format: text}]}
  method: {full: {}}
  pod: {env: ${JSON.stringify(Object.entries(env).map(([name, value]) => ({ name, value })))}}
---
apiVersion: wikigpt.dev/v1alpha1
kind: ChatModel
metadata:
  name: country
  annotations: {wikigpt.dev/sample-questions: '["法国的首都是哪里？", "Capital of France?"]'}
spec:
  model: {fromJob: {name: wiki-gpt}}
`;

/** A folder with a manifest, and the command line in it. */
function workplace({ onTestFinished }: TestContext, text = manifests()) {
  const folder = mkdtempSync(path.join(tmpdir(), 'wikigpt-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'm.yaml');
  writeFileSync(file, text);
  const run = (...args: string[]) => {
    let output = '';
    let waiters: [RegExp, () => void][] = [];
    const stops = new Set<() => void>();
    const sink = () =>
      new PassThrough().on('data', (chunk: Buffer) => {
        output += chunk.toString();
        waiters = waiters.filter(([pattern, resolve]) => !pattern.test(output) || resolve());
      });
    const io: Io = {
      out: sink(),
      err: sink(),
      input: new PassThrough().end(),
      isTty: false,
      columns: () => 100,
      rows: () => 24,
      now: () => new Date(),
      env: { PATH: process.env['PATH'], WIKIGPT_TRAINER: fixture },
      state: path.join(folder, '.wikigpt'),
      onStop: (stop) => {
        stops.add(stop);
        return () => stops.delete(stop);
      },
    };
    const ended = (async () => {
      let code = -1;
      const program = createProgram(
        () => io,
        (exitCode) => (code = exitCode),
      );
      program.exitOverride();
      try {
        await program.parseAsync(args, { from: 'user' });
      } catch (error) {
        const { code: name, message } = asOperatorError(error);
        io.err.write(message);
        code = operatorErrors[name].exitCode;
      }
      await new Promise((resolve) => setImmediate(resolve));
      return { code, output };
    })();
    return {
      ended,
      stop: () => stops.forEach((stop) => stop()),
      says: (pattern: RegExp) =>
        Promise.race([
          new Promise<void>((resolve) => (pattern.test(output) ? resolve() : waiters.push([pattern, resolve]))),
          ended.then(() => expect(output).toMatch(pattern)),
        ]),
    };
  };
  return { folder, file, run, result: (...args: string[]) => run(...args).ended };
}

test.concurrent('models names the largest that fits and how to write it', async (context) => {
  const { result } = workplace(context);
  const { code, output } = await result('models', '--memory', '8Gi', '--task', 'QA');
  expect(code).toBe(0);
  const names = output.split('\n').map((line) => line.split(' ')[0]);
  expect(new Set(names.slice(0, presetNames.length + 1))).toEqual(new Set(['NAME', ...presetNames]));
  expect(output).toContain(`Take ${names[1]}: the largest that lora tunes in 8.0Gi and suits QA.`);
  expect(output).toMatch(new RegExp(`^${names[1]} .* yes$`, 'm'));
  expect(output).toMatch(/^gpt2 .* no: follows no instructions$/m);
  expect(output).toMatch(
    /base: \{preset: \S+\}\n {2}method: \{lora: \{\}\}\n {2}training: \{batchTokens: \d+(, activationCheckpointing: true)?\}\n/,
  );
  expect(await result('models', '--memory', '100Mi', '--method', 'full')).toMatchObject({
    code: 1,
    output: expect.stringContaining('None fits into 0.1Gi. Give it more memory, tune by a method'),
  });
  const json = await result('models', '--json');
  expect(JSON.parse(json.output)).toContainEqual(
    expect.objectContaining({ name: 'gpt2', uri: 'hf://openai-community/gpt2', licence: 'MIT', against: [] }),
  );
});

test.concurrent('up --once trains, serves, asks and ends; again it trains nothing', async (context) => {
  const { file, result } = workplace(context);
  const first = await result('up', '-f', file, '--once', '--port', '0');
  expect(first.output).toMatch(/ftj\/wiki-gpt {2}Training {2}\d\/4 {2}loss [\d.]+ {2}5210 tokens\/s/);
  expect(first.output).toContain('? 法国的首都是哪里？\n  answer to 法国的首都是哪里？ from sha256:7f3a');
  expect(first.output).toContain('? Capital of France?');
  expect(first.output).toMatch(/Chat page of country: http:\/\/127\.0\.0\.1:\d+\n/);
  expect(first.code).toBe(0);
  const second = await result('up', '-f', file, '--once', '--port', '0');
  expect(second.output).not.toContain('Training');
  expect(second.output).toContain('answer to');
  expect(second.code).toBe(0);
  const pods = await result('get', 'pods', '-l', 'wikigpt.dev/fine-tune-job=wiki-gpt');
  expect(pods.output.match(/wiki-gpt-train/g)).toHaveLength(1);
  const { output } = await result('describe', 'ftj', 'wiki-gpt');
  expect(output).toMatch(/test {3}F1 {7}120 {7}0\.71 \[0\.66, 0\.75\] {3}0\.12 \[0\.09, 0\.15\]/);
  expect((await result('get')).output).toMatch(
    /finetunejob\.wikigpt\.dev\/wiki-gpt {3}scratch {3}Full {5}Complete {3}4\/4/,
  );
});

test.concurrent(
  'up is stopped by Ctrl-C and goes on; others see it, ask it and are kept out meanwhile',
  async (context) => {
    const slow = manifests({ FIXTURE_STEPS: '80', FIXTURE_STEP_MS: '25' });
    const { folder, file, run, result } = workplace(context, slow);
    const first = run('up', '-f', file, '--port', '0');
    await first.says(/Training/);
    expect(await result('up', '-f', file)).toMatchObject({
      code: 3,
      output: expect.stringContaining('Another wikigpt'),
    });
    expect((await result('get', 'ftj')).output).toMatch(/wiki-gpt +scratch +Full +Training/);
    expect((await result('logs', 'wiki-gpt')).output).toBe('from step 0\n');
    expect(await result('chat', 'hello')).toMatchObject({
      code: 1,
      output: expect.stringContaining('country is not ready yet'),
    });
    first.stop();
    expect(await first.ended).toMatchObject({
      code: 0,
      output: expect.stringContaining('Stopped. The same command goes on'),
    });
    expect(readdirSync(path.join(folder, '.wikigpt', 'processes'))).toEqual([]);
    expect((await result('get', 'ftj')).output).toContain('nothing runs at the moment');
    const second = run('up', '--port', '0');
    await second.says(/Resuming/);
    expect(await result('delete', 'ftj/wiki-gpt')).toEqual({ code: 0, output: 'ftj/wiki-gpt deleted\n' });
    expect(await second.ended).toMatchObject({
      code: 1,
      output: expect.stringContaining('wiki-gpt does not exist yet'),
    });
    expect((await result('get', 'pods,jobs,cm')).output).toContain('No resources found');
  },
);

test.concurrent('up --once ends with 1 and the reason when a job fails', async (context) => {
  const failing = manifests({
    FIXTURE_FAIL_AT: '1',
    FIXTURE_EXIT: '65',
    FIXTURE_MESSAGE: 'DataInvalid: 14 records are empty.',
  });
  const { file, result } = workplace(context, failing);
  const { code, output } = await result('up', '-f', file, '--once', '--port', '0');
  expect(code).toBe(1);
  expect(output).toContain('ftj/wiki-gpt: DataInvalid: 14 records are empty.');
  const changed = manifests({ FIXTURE_STEPS: '9' });
  writeFileSync(file, changed);
  const refused = await result('up', '-f', file, '--once', '--port', '0');
  expect(refused).toMatchObject({ code: 2, output: expect.stringContaining('pod cannot change once the job exists') });
  expect((await result('delete', '-f', file)).output).toBe('ftj/wiki-gpt deleted\nchm/country deleted\n');
  expect((await result('get')).output).toContain('No resources found');
});

test.concurrent('a taken port is said before anything is started, and nothing is left behind', async (context) => {
  const { folder, file, result } = workplace(context);
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const { code, output } = await result('up', '-f', file, '--port', String(port));
  server.close();
  expect(output).toBe(`Port ${port} is in use by another program. Choose another one, such as: --port ${port + 1}`);
  expect(code).toBe(3);
  expect(readdirSync(folder)).toEqual(['m.yaml']);
});

test.for<[readonly string[], number, RegExp]>([
  [['get'], 1, /nothing here yet.*Start with: wikigpt up -f/],
  [['up'], 2, /nothing to run here yet/],
  [['up', '-f', 'nowhere.yaml'], 2, /nowhere\.yaml does not exist/],
  [['get', 'foo'], 2, /There is no kind "foo"/],
  [['get', '-o', 'xml'], 2, /-o xml: write one of wide, yaml, json, name/],
  [['logs', 'x'], 1, /nothing here yet/],
  [['delete'], 1, /nothing here yet/],
])('wikigpt %j ends with %i', async ([args, code, sentence], context) => {
  const { result, folder } = workplace(context);
  const found = await result(...args);
  expect(found.output).toMatch(sentence);
  expect(found.code).toBe(code);
  expect(readdirSync(folder)).toEqual(['m.yaml']);
});
