import type { ApiObject } from '../cluster/kinds.ts';
import { upstreamOf } from '../controllers/training-job/models.ts';
import { modelsOf } from '../controllers/training-job/training-kinds.ts';
import type { Io } from './io.ts';
import { progressLine, progressRow, progressTable } from './progress-row.ts';

const plainEveryMs = 5000;
const drawEveryMs = 100;

/** Shows resources as they work: drawn in place on a terminal, else a line for each change of state and now and then. */
export class LiveView {
  readonly #io: Io;
  readonly #objects = new Map<string, ApiObject>();
  readonly #printed = new Map<string, { readonly state: string; readonly line: string; readonly at: number }>();
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;
  #open = true;
  #undrawn = false;

  constructor(io: Io) {
    this.#io = io;
  }

  update(object: ApiObject): void {
    this.#objects.set(keyOf(object), object);
    this.#undrawn = true;
    if (!this.#open) return;
    if (this.#io.isTty) this.#timer ??= setTimeout(() => this.#draw(), drawEveryMs);
    else this.#print(object);
  }

  forget(object: ApiObject): void {
    this.#objects.delete(keyOf(object));
  }

  /** A line that stays, above what is drawn. */
  say(line: string): void {
    this.#erase();
    this.#io.out.write(`${line}\n`);
    if (this.#open && this.#io.isTty && this.#objects.size > 0) this.#draw();
  }

  /** Text that stays and is written as it comes; drawing goes on with the next update. */
  write(text: string): void {
    this.#erase();
    this.#io.out.write(text);
  }

  /** Leaves what is drawn standing, with the newest changes. */
  pause(): void {
    this.#open = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#io.isTty && this.#undrawn && this.#objects.size > 0) this.#draw();
    this.#drawn = 0;
  }

  resume(): void {
    this.#open = true;
  }

  #draw(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#undrawn = false;
    const rows = this.#sorted().map(progressRow);
    const lines = fitRows(progressTable(rows, this.#io.columns() - 1), this.#io.rows() - 2);
    const up = this.#drawn > 0 ? `\u001b[${this.#drawn}A` : '';
    this.#io.out.write(`${up}\r${lines.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J`);
    this.#drawn = lines.length;
  }

  #erase(): void {
    if (this.#drawn > 0) this.#io.out.write(`\u001b[${this.#drawn}A\r\u001b[J`);
    this.#drawn = 0;
  }

  #print(object: ApiObject): void {
    const key = keyOf(object);
    const row = progressRow(object);
    const line = progressLine(row);
    const before = this.#printed.get(key);
    const now = this.#io.now().getTime();
    if (before?.line === line) return;
    if (before?.state === row.state && now - before.at < plainEveryMs) return;
    this.#printed.set(key, { state: row.state, line, at: now });
    this.#io.out.write(`${line}\n`);
  }

  /** What others build on comes first, the rest by name. */
  #sorted(): ApiObject[] {
    return [...this.#objects.values()].sort(
      (a, b) => this.#depth(a) - this.#depth(b) || a.metadata.name.localeCompare(b.metadata.name),
    );
  }

  #depth(object: ApiObject, seen: readonly ApiObject[] = []): number {
    const { namespace } = object.metadata;
    const models = object.kind === 'ChatModel' ? [object.spec.model] : modelsOf(object);
    const upstreams = models
      .map(upstreamOf)
      .map((query) => query && this.#objects.get(`${query.kind}/${namespace}/${query.name}`))
      .filter((upstream) => upstream !== undefined && !seen.includes(upstream)) as ApiObject[];
    return Math.max(0, ...upstreams.map((upstream) => 1 + this.#depth(upstream, [...seen, object])));
  }
}

/** What scrolled out of sight could not be drawn over. */
function fitRows(lines: readonly string[], rows: number): readonly string[] {
  if (lines.length <= rows) return lines;
  return [...lines.slice(0, rows - 1), `… and ${lines.length - rows + 1} more: wikigpt get`];
}

const keyOf = ({ kind, metadata }: ApiObject) => `${kind}/${metadata.namespace}/${metadata.name}`;
