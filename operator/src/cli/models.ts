import type { Language, MethodName, TaskName } from '@wikigpt/schema/catalog.ts';
import { chooseModels, readableCount, readableMemory, type ModelChoice } from '@wikigpt/schema/model-choice.ts';
import { presets } from '@wikigpt/schema/presets.ts';
import type { Io } from './io.ts';
import { table } from './table.ts';

export interface ModelsOptions {
  /** Bytes. */
  readonly memory?: number;
  readonly method: MethodName;
  readonly task?: TaskName;
  readonly language?: Language;
  readonly json?: true;
}

/** Prints the models of the catalog and which of them can be tuned with what there is: 0 when one can, else 1. */
export function models({ json, ...wish }: ModelsOptions, io: Io): number {
  const choices = chooseModels(wish);
  const [best] = choices;
  const found = best !== undefined && best.against.length === 0;
  if (json) io.out.write(`${JSON.stringify(choices.map(asJson), undefined, 2)}\n`);
  else
    io.out.write(`${table([head(wish.method), ...choices.map(row)])}\n${found ? advice(best, wish) : noAdvice(wish)}`);
  return found ? 0 : 1;
}

const head = (method: string) => [
  'NAME',
  'PARAMETERS',
  `MEMORY (${method})`,
  'STEP',
  'CONTEXT',
  'LANGUAGES',
  'CHAT TEMPLATE',
  'LICENCE',
  'FITS',
];

function row({ name, parameters, memory, step, against }: ModelChoice): string[] {
  const { sizes, languages, chatTemplate, licence } = presets[name];
  return [
    name,
    readableCount(parameters),
    readableMemory(memory),
    `${step.batchTokens} tokens${step.activationCheckpointing ? ', recomputed' : ''}`,
    String(sizes.context),
    languages.join(','),
    chatTemplate ? 'yes' : 'no',
    licence,
    against.length === 0 ? 'yes' : `no: ${against.join(', ')}`,
  ];
}

function asJson({ name, parameters, memory, step, against }: ModelChoice) {
  const { uri, licence, source, chatTemplate, languages, sizes } = presets[name];
  return {
    name,
    uri,
    source,
    licence,
    parameters,
    memory,
    training: step,
    context: sizes.context,
    chatTemplate,
    languages,
    against,
  };
}

function advice({ name, step }: ModelChoice, { memory, method, task }: ModelsOptions): string {
  const room = memory === undefined ? '' : ` that ${method} tunes in ${readableMemory(memory)}`;
  return `Take ${name}: the largest${room}${task === undefined ? '' : ` and suits ${task}`}. Larger models answer better and cost memory and time as their parameters.
  base: {preset: ${name}}
  method: {${method}: {}}
  training: {batchTokens: ${step.batchTokens}${step.activationCheckpointing ? ', activationCheckpointing: true' : ''}}
Whether it is good enough your own test records say: write evaluation.gate. docs/models.md explains the choice.
`;
}

function noAdvice({ memory }: ModelsOptions): string {
  return `None fits${memory === undefined ? '' : ` into ${readableMemory(memory)}`}. Give it more memory, tune by a method that takes less, or ask for less; docs/models.md has what each takes.
`;
}
