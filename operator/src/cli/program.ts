import { bytesOfQuantity } from '@wikigpt/schema/bytes-of-quantity.ts';
import { languages, tasks } from '@wikigpt/schema/catalog.ts';
import { builtMethods } from '@wikigpt/schema/model-choice.ts';
import { Command, InvalidArgumentError, Option } from 'commander';
import { chat, type ChatOptions } from './chat.ts';
import { remove, type DeleteOptions } from './delete.ts';
import { describe } from './describe.ts';
import { events } from './events.ts';
import { get, type GetOptions } from './get.ts';
import type { Io } from './io.ts';
import { logs, type LogsOptions } from './logs.ts';
import { models, type ModelsOptions } from './models.ts';
import { runTrainer } from './run-trainer.ts';
import { up, type UpOptions } from './up.ts';

const exitCodes = `
Exit codes:
  0    it worked (also when Ctrl-C ended what runs until then)
  1    a job failed, a gate did not pass, something was not found or does not serve
  2    wrong arguments, or a manifest that is not right
  3    this machine: port taken, disk full, no permission, another wikigpt runs here
  70   a defect of wikigpt
  130  stopped before it was done`;

const examples = `
Examples:
  wikigpt up -f examples/quickstart      train, score and serve what the manifests say
  wikigpt get -w                         watch it from another terminal
  wikigpt describe ftj country-qa        conditions, events and the evaluation table
  wikigpt chat country "法国的首都是哪里？"   ask the served model`;

/** The command line; `done` gets the exit code of the command that ran. */
export function createProgram(ioFor: (state: string) => Io, done: (code: number) => void): Command {
  const program = new Command('wikigpt')
    .description('Trains, scores and serves small GPTs on this machine, from the manifests a cluster takes too.')
    .option('--state <folder>', 'where objects, models and logs are kept', '.wikigpt')
    .addHelpText('after', `${examples}\n${exitCodes}`)
    .enablePositionalOptions()
    .showHelpAfterError('(wikigpt --help lists the commands)');
  const io = () => ioFor(program.opts<{ state: string }>().state);
  const namespaced = (command: Command) =>
    command.option('-n, --namespace <name>', 'namespace of the objects', 'default');

  namespaced(program.command('up'))
    .description('run manifests: train, score, serve; goes on where it was stopped')
    .option('-f, --filename <path>', 'manifest file or folder of them; may be given several times', collect)
    .option(
      '-p, --port <number>',
      'port of the chat service on 127.0.0.1; further services take the next ones',
      port,
      8080,
    )
    .option('--once', 'stop when everything is done and asked: 0 when all is well, 1 with the reason when not')
    .action(async (options: UpOptions) => done(await up(options, io())));

  namespaced(program.command('get'))
    .description('list objects as kubectl would: wikigpt get [KIND[,KIND]|KIND/NAME…] [NAME…]')
    .argument('[what...]', 'ftj, chm, pods, jobs, deploy, svc, cm, pvc, ev; ai for the first three (the default)')
    .option('-A, --all-namespaces', 'of all namespaces')
    .option('-o, --output <form>', 'wide, yaml, json or name')
    .option('-l, --selector <name=value>', 'only objects with these labels')
    .option('-w, --watch', 'go on printing changes')
    .action(async (what: string[], options: GetOptions) => done(await get(what, options, io())));

  namespaced(program.command('describe'))
    .description('show one object for people: wikigpt describe KIND NAME')
    .argument('<what...>', 'kind and name, such as ftj country-qa')
    .action(async (what: string[], options: { namespace: string }) => done(await describe(what, options, io())));

  namespaced(program.command('logs'))
    .description('print the log of a job, a chat model or a pod')
    .argument('<name>', 'such as country-qa, ftj/country-qa or pod/NAME')
    .option('-f, --follow', 'go on while the pod runs')
    .option('--tail <lines>', 'only the last lines', count)
    .option('--previous', 'of the run before the last restart')
    .action(async (name: string, options: LogsOptions) => done(await logs(name, options, io())));

  namespaced(program.command('events'))
    .description('print what happened, newest last')
    .option('-A, --all-namespaces', 'of all namespaces')
    .option('--for <kind/name>', 'only of one object')
    .action(async (options: Parameters<typeof events>[0]) => done(await events(options, io())));

  namespaced(program.command('delete'))
    .description('remove objects and what they made; published models stay')
    .argument('[what...]', 'kind and name, such as ftj wiki-gpt or ftj/wiki-gpt')
    .option('-f, --filename <path>', 'what these manifests made', collect)
    .option('--all', 'every FineTuneJob, DistillJob and ChatModel of the namespace')
    .action(async (what: string[], options: DeleteOptions) => done(await remove(what, options, io())));

  namespaced(program.command('chat'))
    .description('ask a served model, or talk to it when no question is given')
    .argument('[words...]', 'name of the ChatModel, if there are several, and the question')
    .option('--url <address>', 'a service elsewhere, such as http://127.0.0.1:8080')
    .action(async (words: string[], options: ChatOptions) => done(await chat(words, options, io())));

  program
    .command('models')
    .description('list public models by name, and say which can be tuned with the memory there is')
    .option('--memory <quantity>', 'what tuning may take, such as 8Gi', bytes)
    .addOption(
      new Option('--method <name>', 'how it is tuned; spec.method has more to say')
        .choices(builtMethods)
        .default('lora'),
    )
    .addOption(new Option('--task <name>', 'what it is tuned for').choices(tasks))
    .addOption(new Option('--language <language>', 'a language that it has to speak').choices(languages))
    .option('--json', 'print JSON')
    .action((options: ModelsOptions) => done(models(options, io())));

  for (const [name, description] of [
    ['score', 'compute a metric of texts: wikigpt score --metric BLEU --hypotheses FILE --references FILE'],
    ['estimate', 'say how much memory a job needs'],
  ] as const)
    program
      .command(name)
      .description(description)
      .helpOption(false)
      .allowUnknownOption()
      .passThroughOptions()
      .argument('[args...]')
      .action(async (args: string[]) => done(await runTrainer(name, args, io())));

  return program;
}

/** Options that may be given several times. */
function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

function port(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new InvalidArgumentError('Write a number from 0 to 65535; 0 takes any free port.');
}

function bytes(text: string): number {
  const value = bytesOfQuantity(text);
  if (value !== undefined) return value;
  throw new InvalidArgumentError('Write an amount of memory, such as 8Gi.');
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('Write a whole number, such as 100.');
}
