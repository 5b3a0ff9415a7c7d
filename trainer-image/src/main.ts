#!/usr/bin/env node
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Command, CommanderError, Option } from 'commander';
import type { ScoreCommandOptions } from './commands/score.ts';
import { containerConfig, containerPath, containerPaths } from './container.ts';
import { asTrainerError, trainerErrors, type TrainerError } from './errors.ts';
import { createLogger } from './log.ts';

const config = containerConfig(process.env, availableParallelism());
const logger = createLogger(config.logLevel, { pod: config.pod });
const stop = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stop.abort(name));

const program = new Command('wikigpt-trainer')
  .description('Trains, measures and serves small GPTs.')
  .exitOverride()
  .configureHelp({ showGlobalOptions: true });

program
  .command('train')
  .description('run the task in /etc/wikigpt/task.json: prepare data, train, evaluate, publish')
  .action(async () => {
    const { train } = await import('./commands/train.ts');
    await train(config, logger, stop.signal);
  });

program
  .command('serve')
  .description('serve the model of /etc/wikigpt/task.json over HTTP')
  .action(async () => {
    const { serve } = await import('./commands/serve.ts');
    await serve(config, logger, stop.signal);
  });

program
  .command('estimate')
  .description('print the memory that the jobs of a manifest need')
  .requiredOption('-f, --filename <file>', 'manifest of the job')
  .option('--json', 'print JSON')
  .action(async (options: { filename: string; json?: true }) => {
    const { estimate } = await import('./commands/estimate.ts');
    await estimate({ filename: options.filename, json: options.json === true }, process.stdout);
  });

program
  .command('score')
  .description('score a file of texts against files of references, one text a line')
  .requiredOption('--metric <name>', 'BLEU and chrF (0 to 100); ExactMatch, F1, Rouge1, Rouge2, RougeL (0 to 1)')
  .requiredOption('--hypotheses <file>', 'texts to score')
  .requiredOption('--references <file...>', 'reference texts; several files give several references for each line')
  .addOption(
    new Option('--language <language>', 'language of the texts; found by itself when absent').choices(['zh', 'en']),
  )
  .option('--tokenizer <name>', "BLEU's tokenizer by sacrebleu's name: 13a, zh, char, intl or none")
  .option('--stem', 'let ROUGE compare English words by their stems')
  .option('--json', 'print JSON: {metric, value, low, high, signature}')
  .action(async (options: ScoreCommandOptions) => {
    const { score } = await import('./commands/score.ts');
    await score(options, { stdout: process.stdout });
  });

try {
  await program.parseAsync();
  process.exitCode = 0;
} catch (error) {
  process.exitCode =
    error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 64) : await fail(asTrainerError(error));
}
// Native sessions may hold the process; everything worth keeping is on disk by now.
process.exit();

async function fail(error: TrainerError): Promise<number> {
  const sentence = `${error.code}: ${error.message}`;
  if (program.args[0] === 'train' || program.args[0] === 'serve') {
    logger.error('stopped', { code: error.code, error });
    await writeFile(containerPath(config.root, containerPaths.terminationMessage), sentence.slice(0, 4096)).catch(
      () => undefined,
    );
  } else process.stderr.write(`${sentence}\n`);
  return trainerErrors[error.code].exitCode;
}
