import { isMap, parseDocument, parse, type Pair, type Scalar, type YAMLMap } from 'yaml';

/** One value of the chart, or a block of them. */
export interface Value {
  readonly name: string;
  /** Its comment. */
  readonly text: string;
  readonly usual: unknown;
  /** What its line `@schema` adds to the type of its default. */
  readonly facets: Readonly<Record<string, unknown>>;
  /** The values of a block; absent for a value that is set as a whole. */
  readonly block?: readonly Value[];
}

const schemaMark = /^@schema (.*)$/m;

/** The values of a chart with what their comments say; throws for one without a comment. */
export function readValues(source: string): readonly Value[] {
  const { contents } = parseDocument(source);
  if (!isMap(contents)) throw new Error('values.yaml: found no map, expected values by name.');
  return readBlock(contents as YAMLMap<Scalar>, '');
}

function readBlock(map: YAMLMap<Scalar>, path: string): readonly Value[] {
  return map.items.map((pair, index) => {
    // The comment before a block's first value belongs to the block's map.
    const comment = index === 0 && path !== '' ? map.commentBefore : pair.key.commentBefore;
    return readValue(pair, comment ?? '', path);
  });
}

function readValue({ key, value }: Pair<Scalar>, comment: string, path: string): Value {
  const name = `${path}${String(key.value)}`;
  const lines = comment.replaceAll(/^ /gm, '').split('\n\n').at(-1) ?? '';
  const facets = (parse(schemaMark.exec(lines)?.[1] ?? '{}') ?? {}) as Record<string, unknown>;
  const text = lines.replace(schemaMark, '').trim().replaceAll('\n', ' ');
  const isBlock = isMap(value) && value.items.length > 0 && !value.flow && !('additionalProperties' in facets);
  if (isBlock) return { name, text, usual: undefined, facets, block: readBlock(value as YAMLMap<Scalar>, `${name}.`) };
  if (text === '') throw new Error(`values.yaml: found no comment above ${name}, expected one that says what it does.`);
  const usual = isMap(value) || hasItems(value) ? (value as { toJSON(): unknown }).toJSON() : (value as Scalar).value;
  return { name, text, usual, facets };
}

function hasItems(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'items' in value;
}
