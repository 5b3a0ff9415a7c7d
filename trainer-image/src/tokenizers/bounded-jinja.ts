import * as jinja from '@huggingface/jinja';

interface Statement {
  readonly type: string;
}
interface Value {
  readonly type: string;
  readonly value: unknown;
}
interface Environment {
  set(name: string, value: unknown): unknown;
}
interface Interpreter {
  run(program: Program): Value;
  evaluate(statement: Statement | undefined, environment: Environment): Value;
}
/** A template, parsed. */
export interface Program extends Statement {
  readonly type: 'Program';
}

// The library's own declarations of these lead to files that a strict resolution does not find.
const { Environment, Interpreter, parse, tokenize } = jinja as unknown as {
  readonly Environment: new () => Environment;
  readonly Interpreter: new (environment: Environment) => Interpreter;
  readonly parse: (tokens: unknown) => Program;
  readonly tokenize: (source: string, options: { lstrip_blocks: boolean; trim_blocks: boolean }) => unknown;
};

/** A second or two of work at the worst, and texts of some megabytes; honest templates take a thousandth of it. */
const bounds = { work: 200_000_000, characters: 4_000_000, parts: 200_000, range: 10_000 };

export const parseTemplate = (source: string): Program =>
  parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true }));

/**
 * Renders a template that came with a model. The interpreter knows nothing but the values it is given, none of which has a
 * prototype; its steps and the size of its values are counted, so that every template ends. Throws an Error that says why.
 */
export function renderTemplate(program: Program, variables: Readonly<Record<string, unknown>>): string {
  const environment = new Environment();
  // `set` takes a name once, so that no variable can replace a global.
  for (const [name, value] of Object.entries({ ...variables, ...globals })) environment.set(name, value);
  const { value } = new BoundedInterpreter(environment).run(program);
  return String(value);
}

const globals = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
  range: boundedRange,
  // With the date of today the same conversation would be another prompt each day: Llama 3's stand-in for it is taken.
  strftime_now: (format: string): string => format.replace(/%./g, (part) => date[part] ?? part),
  raise_exception(message: string): never {
    throw new Error(message);
  },
};
const date: Readonly<Record<string, string>> = {
  '%Y': '2024',
  '%m': '07',
  '%d': '26',
  '%b': 'Jul',
  '%B': 'July',
  '%H': '00',
  '%M': '00',
  '%%': '%',
};

function boundedRange(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  const count = Math.max(0, Math.ceil((to - from) / step));
  if (!(count <= bounds.range)) throw new Error(`range() of ${count} numbers, at most ${bounds.range} are allowed`);
  return Array.from({ length: count }, (_, i) => from + i * step);
}

class BoundedInterpreter extends Interpreter {
  /** Units of about ten nanoseconds. */
  private work = 0;
  private readonly loopedOver = new Set<unknown>();

  override evaluate(statement: Statement | undefined, environment: Environment): Value {
    if (statement?.type === 'For') {
      // A loop takes its steps over the values of this expression, or of the one within its condition.
      const { iterable } = statement as unknown as { iterable: { lhs?: unknown } };
      this.loopedOver.add(iterable).add(iterable.lhs);
    }
    const value = super.evaluate(statement, environment);
    const { parts, characters } = measure(value);
    if (characters > bounds.characters || parts > bounds.parts)
      throw new Error(`a value of more than ${bounds.characters} characters or ${bounds.parts} parts`);
    const perPart = this.loopedOver.has(statement) ? 1000 : 2;
    this.work += 100 + perPart * parts + (value.type === 'StringValue' ? characters : 0);
    if (this.work > bounds.work) throw new Error('it does not come to an end');
    return value;
  }
}

/** Values within a value, and their characters; the count ends where it is more than is allowed. */
function measure(whole: Value): { parts: number; characters: number } {
  let [parts, characters] = [0, 0];
  const open: unknown[] = [whole];
  while (open.length > 0 && parts <= bounds.parts && characters <= bounds.characters) {
    const { value } = open.pop() as Value;
    if (typeof value === 'string') characters += value.length;
    else if (Array.isArray(value) || value instanceof Map) {
      for (const part of value.values()) open.push(part);
      parts += value instanceof Map ? value.size : value.length;
    }
  }
  return { parts, characters };
}
