/** The terminal, the clock and the signals of a command, handed in so that tests can have their own. */
export interface Io {
  readonly out: NodeJS.WritableStream;
  readonly err: NodeJS.WritableStream;
  readonly input: NodeJS.ReadableStream;
  /** Whether lines may be drawn over. */
  readonly isTty: boolean;
  readonly columns: () => number;
  readonly rows: () => number;
  readonly now: () => Date;
  readonly env: NodeJS.ProcessEnv;
  /** Folder that holds the objects, such as `.wikigpt`. */
  readonly state: string;
  /** Calls back for each request to stop (Ctrl-C); returns how to end that. */
  readonly onStop: (stop: () => void) => () => void;
}

export function say(io: Io, line: string): void {
  io.out.write(`${line}\n`);
}

export function warn(io: Io, line: string): void {
  io.err.write(`${line}\n`);
}
