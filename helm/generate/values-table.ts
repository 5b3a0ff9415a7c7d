import type { Value } from './values.ts';

/** The table of a chart's values, as Markdown that the formatter leaves alone. */
export function valuesTable(values: readonly Value[]): string {
  const rows = values.flatMap(leaves).map(({ name, usual, text }) => {
    const shown = usual === '' ? '' : `\`${typeof usual === 'string' ? usual : JSON.stringify(usual)}\``;
    return `| \`${name}\` | ${shown} | ${text.replaceAll('|', '\\|')} |`;
  });
  return [
    '<!-- prettier-ignore-start -->',
    '| value | default | meaning |',
    '| --- | --- | --- |',
    ...rows,
    '<!-- prettier-ignore-end -->',
  ].join('\n');
}

function leaves(value: Value): readonly Value[] {
  return value.block ? value.block.flatMap(leaves) : [value];
}
