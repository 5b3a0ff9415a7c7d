import { lowerIsBetter, type MetricName } from '@wikigpt/schema/catalog.ts';

/** Score of a student in percent of its teacher's, 100 where both are equal and more where the student is better. */
export function retainedPercent(metric: MetricName, teacher: number, student: number): number {
  const [over, under] = lowerIsBetter.includes(metric) ? [teacher, student] : [student, teacher];
  // A teacher that knows nothing has nothing to retain.
  return under === 0 ? 100 : (100 * over) / under;
}
