import type { ApiObject } from '../cluster/kinds.ts';
import { topCondition } from '../controllers/condition.ts';
import { shortTitle } from './kind-names.ts';
import { fit, pad } from './table.ts';

/** What a person wants to see of a resource while it works. */
export interface ProgressRow {
  readonly title: string;
  readonly state: string;
  readonly message: string;
  /** Share of the steps done, from 0 to 1; undefined where nothing is counted. */
  readonly done?: number;
  readonly steps: string;
  readonly loss: string;
  readonly tokensPerSecond: string;
  readonly eta: string;
}

/** The row of a resource. */
export function progressRow(object: ApiObject): ProgressRow {
  const title = shortTitle(object.kind, object.metadata.name);
  const condition = topCondition(object);
  const state = condition?.reason ?? 'Pending';
  const message = condition?.message ?? '';
  if (object.kind === 'ChatModel')
    return {
      title,
      state,
      message: object.status?.url && state === 'Ready' ? object.status.url : message,
      ...noFigures,
    };
  const { progress, evaluation } = object.status ?? {};
  const figures = {
    ...(progress && progress.totalSteps > 0 ? { done: progress.step / progress.totalSteps } : {}),
    steps: progress?.steps ?? '',
    loss: progress?.loss ?? '',
    tokensPerSecond: progress?.tokensPerSecond ?? '',
    eta: state === 'Training' || state === 'Resuming' ? (progress?.eta ?? '') : '',
  };
  const counts = state === 'Training' || state === 'Complete';
  return { title, state, message: counts ? (evaluation?.summary ?? '') : message, ...figures };
}

const noFigures = { steps: '', loss: '', tokensPerSecond: '', eta: '' };
const barWidth = 20;
const head = ['NAME', 'STATE', 'PROGRESS', 'STEP', 'LOSS', 'TOKENS/S', 'ETA'];

/** Rows for drawing over: a head, and for each resource one line no wider than the terminal. */
export function progressTable(rows: readonly ProgressRow[], columns: number): string[] {
  const cells = rows.map((row) => [
    row.title,
    row.state,
    row.done === undefined ? '' : bar(row.done),
    row.steps,
    row.loss,
    row.tokensPerSecond,
    row.eta,
  ]);
  const counted = rows.some(({ done }) => done !== undefined);
  const kept = counted ? head.length : 2;
  const widths = head.map((name, at) =>
    Math.max(...[name, ...cells.map((row) => row[at] ?? '')].map((cell) => cell.length)),
  );
  const line = (row: readonly string[]) =>
    row
      .slice(0, kept)
      .map((cell, at) => pad(cell, (widths[at] ?? 0) + 2))
      .join('');
  return [
    fit(line(head).trimEnd(), columns),
    ...rows.map((row, at) => {
      // Where nothing is counted the message takes the room of the figures.
      const shown = row.done === undefined ? line((cells[at] ?? []).slice(0, 2)) : line(cells[at] ?? []);
      return fit(`${shown}${row.message}`.trimEnd(), columns);
    }),
  ];
}

/** One plain line, for output that cannot be drawn over. */
export function progressLine(row: ProgressRow): string {
  const { title, state, steps, loss, tokensPerSecond, eta, message } = row;
  const figures =
    state === 'Training'
      ? [steps, loss && `loss ${loss}`, tokensPerSecond && `${tokensPerSecond} tokens/s`, eta && `ETA ${eta}`]
      : [message];
  return [title, state, ...figures].filter(Boolean).join('  ');
}

function bar(done: number): string {
  const full = Math.min(barWidth, Math.max(0, Math.round(done * barWidth)));
  const percent = Math.min(100, Math.floor(done * 100));
  return `${'█'.repeat(full)}${'░'.repeat(barWidth - full)} ${String(percent).padStart(3)}%`;
}
