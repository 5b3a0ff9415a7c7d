import type { DistillJobManifest } from '@wikigpt/schema/distill-job.ts';

type Distillation = DistillJobManifest['spec']['distillation'];

/** Layers of the student and of the teacher whose states are compared: the last of each, and one in the middle. */
const layers: [number, number][] = [
  [1, 1],
  [2, 3],
];

/** What passes from teacher to student beside the text of an answer; null is the text alone. */
export const routes = {
  sequence: null,
  'forward-kl-t1': { logits: { temperature: '1' } },
  'forward-kl-t2': { logits: { temperature: '2' } },
  'forward-kl-t4': { logits: { temperature: '4' } },
  'reverse-kl': { logits: { divergence: 'ReverseKL', temperature: '1' } },
  jsd: { logits: { divergence: 'JSD', beta: '0.5', temperature: '1' } },
  'hidden+kl': { logits: { temperature: '2' }, hidden: { layers, weight: '0.1' } },
  'on-policy': { logits: { divergence: 'JSD', beta: '0.5', temperature: '1' }, onPolicy: { fraction: '0.5' } },
  'top-16': { logits: { temperature: '2', topK: 16 } },
} as const satisfies Record<string, Distillation | null>;

export type RouteName = keyof typeof routes;

/** Percent of the training places whose questions have answers in the data. */
export const labelShares = [10, 100] as const;
export type LabelShare = (typeof labelShares)[number];

export interface DistillCase {
  readonly route: RouteName;
  readonly labels: LabelShare;
}

/** Every case by its name; with all labels there is no question left that the teacher alone could answer. */
export const cases: ReadonlyMap<string, DistillCase> = new Map(
  labelShares.flatMap((labels) =>
    (Object.keys(routes) as RouteName[])
      .filter((route) => labels === 10 || !['forward-kl-t1', 'forward-kl-t4', 'hidden+kl'].includes(route))
      .map((route) => [`${labels}/${route}`, { route, labels }] as const),
  ),
);

/** The `distillation` block of a case. Where labels are few, the teacher answers all training questions. */
export function distillationOf({ route, labels }: DistillCase): Distillation {
  const more = routes[route] ?? {};
  if (labels < 100)
    return { ...more, sequence: { prompts: [{ uri: 'configmap://bench/prompts.jsonl', format: 'qa' }] } };
  return route === 'sequence' ? { sequence: {} } : more;
}
