import type { Value } from './values.ts';

/** The JSON schema that Helm holds values against: a name that the chart does not know is refused. */
export function valuesSchema(values: readonly Value[]): object {
  return { $schema: 'http://json-schema.org/draft-07/schema#', ...block([...values, ...fromHelm]) };
}

/** What Helm itself adds. */
const fromHelm: readonly Value[] = [
  {
    name: 'global',
    text: 'Values that a parent chart shares with its parts.',
    usual: {},
    facets: { additionalProperties: true },
  },
];

function block(values: readonly Value[]): object {
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(values.map((value) => [value.name.replace(/^.*\./, ''), schemaOf(value)])),
  };
}

function schemaOf({ text, usual, facets, block: inner }: Value): object {
  const description = text === '' ? {} : { description: text };
  return inner ? { ...description, ...block(inner) } : { ...description, type: typeOf(usual), ...facets };
}

function typeOf(usual: unknown): string {
  if (Array.isArray(usual)) return 'array';
  return typeof usual === 'number' ? 'integer' : typeof usual;
}
