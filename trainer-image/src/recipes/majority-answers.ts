import type { DataRecord } from '../data/record.ts';
import { expectedAnswer } from '../data/render.ts';

/**
 * What always giving the most frequent answer scores: of the training records of the same kind of question, else of the
 * same language, else of all. A wording `zh/capital/3` is of the kind `zh/capital`.
 */
export function majorityAnswers(train: readonly DataRecord[]): (record: DataRecord) => string {
  const counts = new Map<string, Map<string, number>>();
  for (const record of train)
    for (const group of groupsOf(record)) {
      const answers = counts.get(group) ?? new Map<string, number>();
      const answer = expectedAnswer(record);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      counts.set(group, answers);
    }
  const winners = new Map([...counts].map(([group, answers]) => [group, mostFrequent(answers)]));
  return (record) => {
    for (const group of groupsOf(record)) {
      const winner = winners.get(group);
      if (winner !== undefined) return winner;
    }
    return '';
  };
}

function groupsOf({ wording, language }: DataRecord): string[] {
  const kind = wording?.includes('/') ? wording.slice(0, wording.lastIndexOf('/')) : wording;
  return [...(kind ? [`kind ${kind}`] : []), `language ${language}`, 'all'];
}

function mostFrequent(answers: ReadonlyMap<string, number>): string {
  let winner = '';
  let most = 0;
  // Ties go to the answer that sorts first, so that the order of records does not matter.
  for (const [answer, count] of answers)
    if (count > most || (count === most && answer < winner)) [winner, most] = [answer, count];
  return winner;
}
