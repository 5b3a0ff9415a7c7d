import type { DistillJobStatus, DistillReport, JobStatus, ScoreRow } from '@wikigpt/schema/job-status.ts';
import { scoredModels } from '@wikigpt/schema/catalog.ts';
import { stringify } from 'yaml';
import { isApiObject, type AnyObject, type ChatModel, type TrainingJob } from '../cluster/kinds.ts';
import type { Event } from '../cluster/objects.ts';
import { OperatorError } from '../errors.ts';
import { since } from './columns.ts';
import { say, type Io } from './io.ts';
import { targetsOf } from './kind-names.ts';
import { table } from './table.ts';
import { noteWhenStopped, readWorkspace } from './workspace.ts';

/** Prints what is known of objects, for people: state, progress, evaluation, conditions, events. */
export async function describe(
  words: readonly string[],
  { namespace }: { namespace: string },
  io: Io,
): Promise<number> {
  const cluster = readWorkspace(io);
  for (const { kind, name } of targetsOf(words)) {
    const object = await cluster.get(kind, namespace, name);
    if (!object) throw new OperatorError('NotFound', `${kind} "${name}" not found in namespace ${namespace}.`);
    const events = (await cluster.list('Event', { namespace }))
      .filter(({ involvedObject }) => involvedObject.uid === object.metadata.uid)
      .sort((a, b) => a.lastTimestamp.localeCompare(b.lastTimestamp));
    say(io, describeText(object, events, io.now()));
  }
  noteWhenStopped(io);
  return 0;
}

/** The description of one object. */
export function describeText(object: AnyObject, events: readonly Event[], now: Date): string {
  const { kind, metadata } = object;
  const head = {
    Name: metadata.name,
    Namespace: metadata.namespace,
    Kind: kind,
    Created: `${metadata.creationTimestamp ?? '-'} (${since(metadata.creationTimestamp, now)} ago)`,
  };
  const parts = !isApiObject(object)
    ? [rest(object)]
    : object.kind === 'ChatModel'
      ? chatParts(object)
      : jobParts(object);
  return [fields(head), ...parts, conditionsText(object, now), eventsText(events, now)].filter(Boolean).join('\n');
}

function jobParts(job: TrainingJob): string[] {
  const { spec } = job;
  const status: JobStatus & DistillJobStatus = job.status ?? {};
  const { progress, data, estimate, checkpoint, rollbacks, evaluation, artifact, restarts, report } = status;
  return [
    fields({
      Base: status.base,
      Teacher: status.teacher,
      Student: status.student,
      Method: status.method,
      Task: spec.task,
      Data: spec.data.sources.map(({ uri }) => uri).join(', '),
      Started: status.startTime,
      Completed: status.completionTime,
      Records:
        data &&
        `${data.records} kept, ${data.dropped} dropped${data.leakagePercent ? `, leakage ${data.leakagePercent} %` : ''}`,
      Memory: estimate && `${estimate.memory} (${estimate.basis})`,
      Step: progress && `${progress.step} of ${progress.totalSteps}`,
      Loss:
        progress?.loss &&
        `${progress.loss}${progress.validationLoss ? ` (validation ${progress.validationLoss})` : ''}`,
      'Tokens/s': progress?.tokensPerSecond,
      ETA: progress?.eta,
      Checkpoint: checkpoint && `step ${checkpoint.step}, ${checkpoint.savedAt}`,
      'Went back':
        rollbacks &&
        `${rollbacks.count} times, last from step ${rollbacks.step} to ${rollbacks.toStep} at a learning rate of ${rollbacks.learningRate}`,
      Restarts: restarts && `${restarts.failures} failures, ${restarts.evictions} evictions`,
      Gate: evaluation && `${evaluation.gate}${evaluation.reasons?.length ? `: ${evaluation.reasons.join('; ')}` : ''}`,
      Report: report && reportText(report),
      Artifact: artifact && `${artifact.uri} (${artifact.digest.slice(0, 15)}, ${artifact.formats.join(', ')})`,
    }),
    evaluation && evaluation.rows.length > 0 ? `Evaluation:\n${indent(evaluationTable(evaluation.rows))}` : '',
  ];
}

function reportText({
  metric,
  teacher,
  student,
  studentAlone,
  retainedPercent,
  sizeRatio,
  speedup,
}: DistillReport): string {
  const alone = studentAlone ? `, alone ${studentAlone.value}` : '';
  const gains = [
    ...(sizeRatio === undefined ? [] : [`${sizeRatio} times smaller`]),
    ...(speedup === undefined ? [] : [`${speedup} times as fast`]),
  ];
  const scores = `${metric}: teacher ${teacher.value}, student ${student.value} (${retainedPercent} %)${alone}`;
  return [scores, ...(gains.length === 0 ? [] : [gains.join(', ')])].join('; ');
}

/** One line for each set, language and metric, with the models side by side and their 95 % intervals. */
function evaluationTable(rows: readonly ScoreRow[]): string {
  const models = scoredModels.filter((model) => rows.some((row) => row.model === model));
  const lines = new Map<string, ScoreRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.set, row.language ?? '', row.metric]);
    lines.set(key, [...(lines.get(key) ?? []), row]);
  }
  const languages = rows.some(({ language }) => language !== undefined);
  return table([
    ['SET', ...(languages ? ['LANGUAGE'] : []), 'METRIC', 'RECORDS', ...models.map((model) => model.toUpperCase())],
    ...[...lines.values()].map((same) => [
      same[0]?.set ?? '',
      ...(languages ? [same[0]?.language ?? 'all'] : []),
      same[0]?.metric ?? '',
      String(same[0]?.count ?? ''),
      ...models.map((model) => {
        const row = same.find((each) => each.model === model);
        return row ? `${row.value} [${row.low}, ${row.high}]` : '-';
      }),
    ]),
  ]);
}

function chatParts({ spec, status = {} }: ChatModel): string[] {
  const { fromJob, uri, preset } = spec.model;
  const revisions = status.revisions ?? [];
  return [
    fields({
      Model: fromJob ? `${fromJob.kind} ${fromJob.name}` : (uri ?? preset),
      Digest: status.digest,
      URL: status.url,
      Ready: status.ready,
    }),
    revisions.length === 0
      ? ''
      : `Revisions:\n${indent(
          table([
            ['NAME', 'STATE', 'WEIGHT', 'READY', 'DIGEST'],
            ...revisions.map(({ name, state, weight, readyReplicas, digest }) => [
              name,
              state,
              `${weight}%`,
              String(readyReplicas),
              digest?.slice(0, 15) ?? '-',
            ]),
          ]),
        )}`,
  ];
}

function rest(object: AnyObject): string {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...others } = object;
  return stringify({ Labels: metadata.labels, ...others });
}

function conditionsText(object: AnyObject, now: Date): string {
  const { conditions = [] } = ((object as { status?: unknown }).status ?? {}) as {
    conditions?: readonly {
      type: string;
      status: string;
      reason?: string;
      message?: string;
      lastTransitionTime?: string;
    }[];
  };
  if (conditions.length === 0) return '';
  const rows = conditions.map(({ type, status, reason = '', message = '', lastTransitionTime }) => [
    type,
    status,
    reason,
    since(lastTransitionTime, now),
    message,
  ]);
  return `Conditions:\n${indent(table([['TYPE', 'STATUS', 'REASON', 'SINCE', 'MESSAGE'], ...rows]))}`;
}

function eventsText(events: readonly Event[], now: Date): string {
  if (events.length === 0) return 'Events:  <none>\n';
  const rows = events.map(({ type, reason, lastTimestamp, count, message }) => [
    type,
    reason,
    `${since(lastTimestamp, now)}${count > 1 ? ` (x${count})` : ''}`,
    message,
  ]);
  return `Events:\n${indent(table([['TYPE', 'REASON', 'AGE', 'MESSAGE'], ...rows]))}`;
}

function fields(values: Readonly<Record<string, string | undefined>>): string {
  const known = Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return table(known.map(([name, value]) => [`${name}:`, value]));
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
