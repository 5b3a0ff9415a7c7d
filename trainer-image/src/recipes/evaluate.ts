import type { MetricName, ScoredModel } from '@wikigpt/schema/catalog.ts';
import { baselinesFor, metricsFor } from '@wikigpt/schema/evaluation.ts';
import type { EvaluationStatus, Forgetting, ScoreRow } from '@wikigpt/schema/job-status.ts';
import type { Task } from '@wikigpt/schema/task.ts';
import type { Stores } from '../artifacts/stores.ts';
import type { DataRecord } from '../data/record.ts';
import { judge, type Measured } from '../evaluate/gate.ts';
import { isTextMetric } from '../evaluate/metrics/index.ts';
import type { InferenceModel } from '../generate/decode-graph.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { answerPrompts, itemLikelihoods, lenientAnswer, type DecodingOptions } from './answer-items.ts';
import { measureForgetting } from './forgetting.ts';
import { formatScore, shortScore } from './format-numbers.ts';
import { majorityAnswers } from './majority-answers.ts';
import { measureOutput, type MeasuredOutput, type ModelOutput } from './measure-models.ts';
import type { Sample } from './report/report.ts';
import type { TestItem, TestSetItems } from './test-set.ts';

/** A model to score, with the test sets in its own tokens; the main set first. */
export interface EvaluatedModel {
  readonly inference: InferenceModel;
  readonly tokenizer: Tokenizer;
  readonly sets: readonly TestSetItems[];
}

/** A model that answers somewhere else: nothing is known of it but what it says. */
export interface EvaluatedWriter {
  readonly sets: readonly TestSetItems[];
  readonly write: (items: readonly TestItem[]) => Promise<readonly string[]>;
}

/** The networks of a job; Base also answers as FewShot. */
type Networks = { readonly Tuned: EvaluatedModel } & {
  readonly [Model in 'Base' | 'StudentAlone']?: EvaluatedModel;
} & { readonly Teacher?: EvaluatedModel | EvaluatedWriter };

export interface EvaluateParts {
  readonly task: Task;
  readonly models: Networks;
  readonly train: readonly DataRecord[];
  readonly stores: Stores;
  readonly threads: number;
  readonly signal: AbortSignal;
}

export interface Evaluated {
  readonly status: EvaluationStatus;
  readonly samples: readonly Sample[];
  /** Every model on the main test set. */
  readonly main: ReadonlyMap<ScoredModel, MeasuredOutput>;
}

const samplesOfSet = 12;

/** Scores the tuned model, its baselines and its teacher on every test set and lets the gate judge. */
export async function evaluate(parts: EvaluateParts): Promise<Evaluated> {
  const { task, models } = parts;
  const { evaluation } = task.spec;
  const metrics = metricsFor(task.spec.task, evaluation);
  const seed = task.spec.data.split.seed;
  const rows: ScoreRow[] = [];
  const samples: Sample[] = [];
  const main = new Map<ScoredModel, MeasuredOutput>();
  for (const index of models.Tuned.sets.keys())
    for (const model of scoredModels(parts)) {
      const output = await modelOutput(parts, model, index, metrics);
      const measured = measureOutput(output, metrics, seed);
      rows.push(...measured.rows);
      if (index === 0) main.set(model, measured);
      if (model === 'Tuned') samples.push(...samplesOf(output, models.Tuned.tokenizer));
    }
  const tuned = main.get('Tuned')!.measurements;
  const measured: Measured = Object.fromEntries(
    [...main].map(([model, { measurements }]) => [model, Object.fromEntries(measurements)]),
  );
  const verdict = evaluation.gate && judge(evaluation.gate, measured);
  const scores = [...tuned.values()].map(({ score }) => ({
    metric: score.metric,
    value: formatScore(score.value),
    low: formatScore(score.low),
    high: formatScore(score.high),
    signature: score.signature,
    count: score.count,
  }));
  const forgetting = await forgettingOf(parts);
  const [first] = scores;
  const status: EvaluationStatus = {
    scores,
    rows,
    gate: !verdict
      ? 'NotRequired'
      : verdict.passed
        ? 'Passed'
        : evaluation.gate!.onFailure === 'Hold'
          ? 'Held'
          : 'Failed',
    ...(verdict && !verdict.passed ? { reasons: [...verdict.failures] } : {}),
    summary: first ? `${first.metric} ${shortScore(Number(first.value))}` : 'not measured',
    ...(forgetting ? { forgetting } : {}),
  };
  return { status, samples, main };
}

async function forgettingOf({ task, models, stores, threads }: EvaluateParts): Promise<Forgetting | null> {
  const { forgetting: spec } = task.spec.evaluation;
  const { Base, Tuned } = models;
  if (!spec || !Base) return null;
  const { inference: before, tokenizer } = Base;
  const { seed } = task.spec.training;
  return measureForgetting({ spec, before, after: Tuned.inference, tokenizer, threads, stores, seed });
}

/** The tuned model, the teacher and its counterpart, the baselines asked for, and those that the gate compares with. */
function scoredModels({ task, models }: EvaluateParts): readonly ScoredModel[] {
  const possible = baselinesFor(task.spec.evaluation).filter((name) => name === 'Majority' || models.Base);
  return ['Tuned', ...(['Teacher', 'StudentAlone'] as const).filter((name) => models[name]), ...possible];
}

async function modelOutput(
  parts: EvaluateParts,
  model: ScoredModel,
  index: number,
  metrics: readonly MetricName[],
): Promise<ModelOutput> {
  const { task, models, threads, signal } = parts;
  const { decoding } = task.spec.evaluation;
  const subject = models[model === 'FewShot' ? 'Base' : model === 'Majority' ? 'Tuned' : model]!;
  const { name, items } = subject.sets[index]!;
  const output = { model, set: name, items };
  if ('write' in subject) return { ...output, answers: await subject.write(items), likelihoods: null };
  const { inference, tokenizer } = subject;
  if (model === 'Majority') {
    const answer = majorityAnswers(parts.train);
    return { ...output, answers: items.map(({ record }) => answer(record)), likelihoods: null };
  }
  const options: DecodingOptions = {
    maxNewTokens: decoding.maxNewTokens,
    temperature: Number(decoding.temperature),
    seed: task.spec.training.seed,
    threads,
    signal,
  };
  const prompts = items.map((item) => (model === 'FewShot' ? item.fewShotPrompt : item.prompt));
  const answers = metrics.some(isTextMetric) ? await answerPrompts(inference, tokenizer, prompts, options) : null;
  const likely = model !== 'FewShot' && metrics.some((metric) => !isTextMetric(metric));
  const untuned = model === 'Base' || model === 'FewShot';
  return {
    ...output,
    answers: untuned && answers ? answers.map((a, i) => lenientAnswer(a, items[i]!.reference)) : answers,
    likelihoods: likely ? await itemLikelihoods(inference, items, threads) : null,
  };
}

/** A few answers spread over the set. */
function samplesOf({ set, items, answers }: ModelOutput, tokenizer: Tokenizer): Sample[] {
  if (!answers) return [];
  const stride = Math.max(1, Math.floor(items.length / samplesOfSet));
  return [...items.keys()]
    .filter((i) => i % stride === 0)
    .slice(0, samplesOfSet)
    .map((i) => ({
      set,
      prompt: tokenizer.decode(items[i]!.prompt),
      reference: items[i]!.reference,
      answer: answers[i]!,
    }));
}
