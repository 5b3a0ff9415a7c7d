import type { Table } from '../../table.ts';
import type { CaseResult, Scores } from './run-case.ts';

/** One row of the table: the seeds of one case together. */
export function summarize(results: readonly CaseResult[]): Table['rows'][number] {
  const of = (value: (result: CaseResult) => number): string => spread(results.map((result) => 100 * value(result)));
  const closed = ({ alone, student, teacher }: Scores): number => (student - alone) / (teacher - alone);
  return {
    case: results[0]!.case,
    seeds: results.length,
    alone: of(({ asked }) => asked.alone),
    student: of(({ asked }) => asked.student),
    teacher: of(({ asked }) => asked.teacher),
    'gap closed %': of(({ asked }) => closed(asked)),
    'unseen alone': of(({ unseen }) => unseen.alone),
    'unseen student': of(({ unseen }) => unseen.student),
    'unseen teacher': of(({ unseen }) => unseen.teacher),
  };
}

/** Mean ± sample standard deviation, with one decimal. */
function spread(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0;
  return `${mean.toFixed(1)} ± ${deviation.toFixed(1)}`;
}
