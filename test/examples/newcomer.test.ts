import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ScoreRow } from '@wikigpt/schema/job-status.ts';
import { afterAll, describe, expect, onTestFailed, test } from 'vitest';
import { commandBlocks } from '../checks/command-blocks.ts';
import { files, read } from '../checks/tree.ts';
import { newcomerFolder } from './clone.ts';
import { podProcesses, reasonOf, storedChatModel, storedJob } from './local-state.ts';
import { freePort, run, type Running, start, until } from './shell.ts';

// One newcomer, told as a story: every test goes on in the folder, and with the models, that the ones before it left.
const folder = newcomerFolder();
const port = await freePort();
let serving: Running | undefined;

afterAll(async () => {
  serving?.signal('SIGINT');
  await serving?.exit;
  for (const pid of podProcesses(folder)) process.kill(pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function begin(command: string): Running {
  const running = start(command, folder);
  onTestFailed(() => console.error(running.output()));
  return running;
}

const quickstart = (): Running => begin(`npm run quickstart -- --once --port ${port}`);
const pretraining = () => storedJob(folder, 'wiki-gpt')?.status;

describe('the quickstart', () => {
  /** A moment that differs from run to run; the output says which one it was. */
  async function randomMoment(): Promise<void> {
    const milliseconds = Math.round(Math.random() * 3000);
    console.log(`killed ${milliseconds} ms after a checkpoint`);
    await sleep(milliseconds);
  }

  /** The first step that is reported from now on. */
  function nextReportedStep(running: Running, before = pretraining()?.progress?.updatedAt ?? ''): Promise<number> {
    return until(running, () => {
      const { updatedAt = '', step } = pretraining()?.progress ?? {};
      return updatedAt > before ? step : undefined;
    });
  }

  test('goes on from the last checkpoint when its trainer is killed', async () => {
    const running = quickstart();
    serving = running;
    const saved = await until(running, () => pretraining()?.checkpoint?.step);
    await randomMoment();
    const [trainer] = podProcesses(folder, 'wiki-gpt');
    process.kill(trainer!, 'SIGKILL');
    expect(await nextReportedStep(running)).toBeGreaterThanOrEqual(saved);
  });

  test('goes on from the last checkpoint when all of it is killed, and stops cleanly by Ctrl-C', async () => {
    const saved = await until(serving!, () => pretraining()?.checkpoint?.step);
    await randomMoment();
    serving!.signal('SIGKILL');
    for (const pid of podProcesses(folder)) process.kill(pid, 'SIGKILL');
    await serving!.exit;

    const running = quickstart();
    expect(await nextReportedStep(running)).toBeGreaterThanOrEqual(saved);
    running.signal('SIGINT');
    expect(await running.exit).not.toBe(0);
    expect(podProcesses(folder)).toEqual([]);
  });

  test('ends with two answers when everything is complete', async () => {
    const running = quickstart();
    expect(await running.exit).toBe(0);
    expect(running.output()).toMatch(/^\? .*\p{Script=Han}.*\n.*\S/mu);
    expect(running.output()).toMatch(/^\? .*[a-z].*\n.*\S/m);
    expect(running.output()).toContain(`http://127.0.0.1:${port}`);
    expect(reasonOf(storedJob(folder, 'wiki-gpt'))).toBe('Complete');
    expect(reasonOf(storedJob(folder, 'country-qa'))).toBe('Complete');
    expect(storedChatModel(folder, 'country')?.status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready' }),
    );
  });

  test('says how good the model is, and against what', () => {
    const evaluation = storedJob(folder, 'country-qa')?.status?.evaluation;
    expect(evaluation?.gate).toBe('Passed');
    const exactMatch = (model: ScoreRow['model'], set: string): number => {
      const row = evaluation?.rows.find(
        (one) => one.model === model && one.set === set && one.metric === 'ExactMatch' && !one.language,
      );
      expect(row, `${model} on ${set}`).toBeDefined();
      const [low, value, high] = [Number(row!.low), Number(row!.value), Number(row!.high)];
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
      expect(row!.count).toBeGreaterThan(50);
      return value;
    };
    const [tuned, heldOut, ghosts] = ['test', 'held-out-wordings', 'ghosts'].map((set) => exactMatch('Tuned', set));
    console.log(`exact match: test ${tuned}, held-out wordings ${heldOut}, ghosts ${ghosts}`);
    // Below the goal, so that luck cannot fail it; far above what guessing gets.
    expect(tuned).toBeGreaterThan(0.5);
    expect(heldOut).toBeGreaterThan(0.2);
    for (const baseline of ['Base', 'FewShot', 'Majority'] as const)
      expect(tuned! - exactMatch(baseline, 'test')).toBeGreaterThan(0.2);
    // Nobody can know these: a high score would mean that they leaked into training.
    expect(ghosts).toBeLessThan(0.3);
  });

  test('answers again and trains nothing when it is run once more', async () => {
    const { artifact } = storedJob(folder, 'country-qa')!.status!;
    const trainers: number[] = [];
    const running = quickstart();
    const watching = setInterval(
      () => trainers.push(...podProcesses(folder, 'wiki-gpt'), ...podProcesses(folder, 'country-qa')),
      100,
    );
    expect(await running.exit).toBe(0);
    clearInterval(watching);
    expect(trainers).toEqual([]);
    expect(running.output()).toMatch(/^\? .*\p{Script=Han}.*\n.*\S/mu);
    expect(storedJob(folder, 'country-qa')?.status?.artifact).toEqual(artifact);
  });
});

describe('every command that a page shows', () => {
  async function serve(): Promise<void> {
    serving = begin(`npm run quickstart -- --port ${port}`);
    await until(serving, () => (serving!.output().includes('Chat page of country') ? true : undefined));
  }

  async function stopServing(): Promise<void> {
    serving?.signal('SIGINT');
    await serving?.exit;
  }

  // A command runs as it is written, on a port that is free here, unless it is listed with the reason why not.
  const before: Readonly<Record<string, () => Promise<unknown>>> = {
    // Until Ctrl-C: the first terminal, while the others are typed into the second.
    'npm run quickstart': serve,
    // The page says to stop the quickstart first.
    'npx wikigpt up -f examples/own-data --once': stopServing,
  };
  const instead: Readonly<Record<string, string>> = {
    'npm run quickstart': 'true',
    // This test is a part of it, and .ci/run runs it.
    'npm test': 'grep -qx "npm test" .ci/run',
    'npx wikigpt up -f examples/own-data --once': `npx wikigpt up -f examples/own-data --once --port ${port}`,
  };

  const commands = files('README.md', 'examples/*/README.md').flatMap((page) =>
    commandBlocks(read(page)).flatMap((block) =>
      block.commands.map((command) => ({ page, line: block.line, command })),
    ),
  );

  test('is known, and the README shows the two that everything starts with', () => {
    const shown = commands.map(({ command }) => command);
    expect(shown).toEqual(expect.arrayContaining(['npm run quickstart', 'npm test']));
    expect([...Object.keys(before), ...Object.keys(instead)].filter((command) => !shown.includes(command))).toEqual([]);
  });

  test.each(commands)('$page:$line $command', async ({ command }) => {
    await before[command]?.();
    const { code, output } = await run(
      (instead[command] ?? command).replace('127.0.0.1:8080', `127.0.0.1:${port}`),
      folder,
    );
    onTestFailed(() => console.error(output));
    expect(code).toBe(0);
  });
});
