import { builtMethods, readableCount, readableMemory, tuningMemory } from '../model-choice.ts';
import { parameterCount } from '../model-sizes.ts';
import { presetNames, presets } from '../presets.ts';

const begin = '<!-- Written by npm run generate from crds/schema/presets.ts. -->';
const end = '<!-- The end of what npm run generate writes. -->';

/** docs/models.md with its tables as the catalog has them; `page` is the page as it is. */
export function modelsPage(page: string): string {
  const [before = '', after = ''] = page.split(new RegExp(`${begin}[^]*${end}`));
  const tables = [
    '<!-- prettier-ignore-start -->',
    ...factsTable(),
    '',
    'Memory that tuning takes by each method, in steps of 4096 tokens and of 512 (`training.batchTokens`), everything else being as it is when a manifest does not',
    "name it. It is computed from the model's sizes, by the formula that a job's own estimate uses.",
    '',
    ...memoryTable(),
    '<!-- prettier-ignore-end -->',
  ];
  return `${before}${begin}\n\n${tables.join('\n')}\n\n${end}${after}`;
}

function factsTable(): string[] {
  return table(
    ['preset', 'parameters', 'context', 'languages', 'chat template', 'licence', 'repository'],
    presetNames.map((name) => {
      const { sizes, languages, chatTemplate, licence, source, uri } = presets[name];
      return [
        `\`${name}\``,
        readableCount(parameterCount(sizes)),
        String(sizes.context),
        languages.join(', '),
        chatTemplate ? 'yes' : 'no',
        licence,
        `[${uri.replace('hf://', '')}](${source})`,
      ];
    }),
  );
}

function memoryTable(): string[] {
  return table(
    ['preset', ...builtMethods.map((method) => `\`${method}\``)],
    presetNames.map((name) => [
      `\`${name}\``,
      ...builtMethods.map((method) =>
        [4096, 512].map((batchTokens) => readableMemory(tuningMemory(name, method, { batchTokens }))).join(' · '),
      ),
    ]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}
