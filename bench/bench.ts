import type { Table } from './table.ts';

/** What the command line asks of a bench. */
export interface BenchRequest {
  /** Counted rounds, each contestant once; one more round before them warms up. */
  readonly rounds: number;
  /** Cases to run; all when empty. */
  readonly cases: readonly string[];
  readonly threads: number;
  /** Asks to end early and leave nothing behind. */
  readonly signal: AbortSignal;
  /** Tells a person what is going on, on standard error. */
  readonly say: (sentence: string) => void;
}

/** A measurement that can be repeated by name; its folder holds a `bench.ts` that exports one as `bench`. */
export interface Bench {
  /** What is measured against what, in one sentence. */
  readonly summary: string;
  readonly cases: readonly string[];
  readonly run: (request: BenchRequest) => Promise<Table>;
}
