import { readFile } from 'node:fs/promises';
import { languages, metrics as metricNames } from '@wikigpt/schema/catalog.ts';
import type { Language, MetricName } from '@wikigpt/schema/catalog.ts';
import { TrainerError, asTrainerError } from '../errors.ts';
import { detectLanguage } from '../evaluate/language.ts';
import { measureTexts } from '../evaluate/measure.ts';
import { isTextMetric, metrics } from '../evaluate/metrics/index.ts';
import type { TextMetricName } from '../evaluate/metrics/index.ts';
import { nearestName } from './nearest-name.ts';
import { bleuTokenizers } from '../evaluate/tokenize-bleu.ts';
import type { BleuTokenizer } from '../evaluate/tokenize-bleu.ts';

/** The parsed options of `wikigpt score`. */
export interface ScoreCommandOptions {
  /** A name of `spec.evaluation.metrics`; case, hyphens and underscores do not matter. */
  readonly metric: string;
  /** File with one text a line. */
  readonly hypotheses: string;
  /** Files with one text a line; several are several references for each hypothesis. */
  readonly references: string | readonly string[];
  /** `zh` or `en`; by default what most of the references look like. */
  readonly language?: string;
  /** BLEU's tokenizer by sacrebleu's name. */
  readonly tokenizer?: string;
  /** Whether ROUGE compares English stems. */
  readonly stem?: boolean;
  readonly json?: boolean;
}

export interface ScoreStreams {
  readonly stdout: { write(text: string): unknown };
}

/**
 * Scores a file of texts against files of references and prints the number with its 95 % interval and signature. BLEU and
 * chrF are 0 to 100 as sacrebleu prints them, the others 0 to 1.
 *
 * @throws TrainerError UnknownMetric for a metric, language or tokenizer that texts cannot be scored with, DataInvalid for
 * files that cannot be read or do not fit together.
 */
export async function score(options: ScoreCommandOptions, streams: ScoreStreams): Promise<void> {
  const metric = requireTextMetric(options.metric);
  const tokenizer = requireTokenizer(options.tokenizer);
  const chosen = requireLanguage(options.language);
  const hypotheses = await readLines(options.hypotheses);
  const files = [options.references].flat();
  const references = await Promise.all(
    files.map((file) => readReferences(file, options.hypotheses, hypotheses.length)),
  );
  const language = chosen ?? detectLanguage(references.flat());
  const examples = hypotheses.map((prediction, line) => ({
    prediction,
    references: references.map((lines) => lines[line]!),
  }));
  const { stem } = options;
  const result = measureTexts(metric, examples, {
    language,
    ...(tokenizer !== undefined && { tokenizer }),
    ...(stem !== undefined && { stem }),
  }).score;
  const signature = chosen === undefined ? `${result.signature}|detected:${language}` : result.signature;
  const { value, low, high, count } = result;
  if (options.json === true) {
    streams.stdout.write(`${JSON.stringify({ metric, value, low, high, signature })}\n`);
    return;
  }
  const digits = metrics[metric].scale === '0 to 100' ? 2 : 4;
  const [shown, from, to] = [value, low, high].map((number) => number.toFixed(digits));
  streams.stdout.write(
    `${metric} ${shown} (95 % interval ${from} to ${to}; scale ${metrics[metric].scale}; ${count} line${count === 1 ? '' : 's'})\n${signature}\n`,
  );
}

const plainName = (name: string): string => name.toLowerCase().replace(/[-_ ]/g, '');

function requireTextMetric(written: string): TextMetricName {
  const metric = metricNames.find((name) => plainName(name) === plainName(written));
  if (metric === undefined) {
    const nearest = nearestName(plainName(written), metricNames, plainName);
    const guess = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
    throw new TrainerError(
      'UnknownMetric',
      `There is no metric "${written}".${guess} Write one of ${textMetricList()}.`,
    );
  }
  if (!isTextMetric(metric))
    throw new TrainerError(
      'UnknownMetric',
      `${metric} cannot be computed from text files: it needs a model's probability of every token. ` +
        `List it in spec.evaluation.metrics of a job to have it measured there, or write one of ${textMetricList()}.`,
    );
  return metric;
}

const textMetricList = (): string =>
  metricNames.filter((name: MetricName): name is TextMetricName => isTextMetric(name)).join(', ');

function requireLanguage(written: string | undefined): Language | undefined {
  if (written === undefined) return undefined;
  const language = languages.find((name) => name === written.toLowerCase());
  if (language === undefined)
    throw new TrainerError(
      'UnknownMetric',
      `There are no rules for language "${written}"; write ${languages.join(' or ')}.`,
    );
  return language;
}

function requireTokenizer(written: string | undefined): BleuTokenizer | undefined {
  if (written === undefined || Object.hasOwn(bleuTokenizers, written)) return written as BleuTokenizer | undefined;
  const known = Object.keys(bleuTokenizers).join(', ');
  throw new TrainerError('UnknownMetric', `There is no BLEU tokenizer "${written}"; write one of ${known}.`);
}

async function readReferences(file: string, hypotheses: string, count: number): Promise<string[]> {
  const lines = await readLines(file);
  if (lines.length !== count)
    throw new TrainerError(
      'DataInvalid',
      `${hypotheses} has ${count} line${count === 1 ? '' : 's'} and ${file} has ${lines.length}; line n of one is scored against line n of the other, so both need equally many.`,
    );
  return lines;
}

/** The lines of a UTF-8 file; an empty line is an empty text, the end of the last line is not another one. */
async function readLines(file: string): Promise<string[]> {
  const text = decode(file, await readBytes(file));
  if (text === '') throw new TrainerError('DataInvalid', `${file} is empty; it needs one text a line.`);
  return text.replace(/\r?\n$/, '').split(/\r?\n/);
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      throw new TrainerError('DataInvalid', `There is no file ${file}; check the path.`, { cause: error });
    if (code === 'EISDIR')
      throw new TrainerError('DataInvalid', `${file} is a folder; name a file with one text a line.`, { cause: error });
    throw asTrainerError(error);
  }
}

function decode(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new TrainerError('DataInvalid', `${file} is not UTF-8 text; save it as UTF-8.`, { cause: error });
  }
}
