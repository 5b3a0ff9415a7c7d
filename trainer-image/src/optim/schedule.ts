export type ScheduleName = 'Cosine' | 'Linear' | 'Constant';

export interface ScheduleOptions {
  readonly schedule: ScheduleName;
  readonly peak: number;
  readonly warmupSteps: number;
  readonly totalSteps: number;
}

const shapes: Record<ScheduleName, (done: number) => number> = {
  Constant: () => 1,
  Linear: (done) => 1 - done,
  Cosine: (done) => (1 + Math.cos(Math.PI * done)) / 2,
};

/** Learning rate of step 0, 1, …: a linear rise over the warm-up, then the schedule's fall towards 0 at the end. */
export function learningRate({ schedule, peak, warmupSteps, totalSteps }: ScheduleOptions, step: number): number {
  if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps;
  const done = (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps);
  return peak * shapes[schedule](Math.min(1, done));
}
