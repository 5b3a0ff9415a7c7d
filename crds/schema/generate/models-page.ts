import { builtMethods, chooseModels, readableCount, readableMemory, tuningMemory } from '../model-choice.ts';
import { presetNames, presets } from '../presets.ts';

const begin = '<!-- Written by npm run generate from crds/schema/presets.ts. -->';
const end = '<!-- The end of what npm run generate writes. -->';

/** docs/models.md with its table as the catalog has it; `page` is the page as it is. */
export function modelsPage(page: string): string {
  const [before = '', after = ''] = page.split(new RegExp(`${begin}[^]*${end}`));
  const table = [
    '<!-- prettier-ignore-start -->',
    row([
      'preset',
      'parameters',
      'context',
      'languages',
      'chat template',
      'licence',
      'most memory, least',
      'repository',
    ]),
    row(Array.from({ length: 8 }, () => '---')),
    ...presetNames.map((name) => {
      const { sizes, languages, chatTemplate, licence, source, uri } = presets[name];
      const { parameters = 0 } = chooseModels({ method: 'lora' }).find((choice) => choice.name === name) ?? {};
      const memory = builtMethods.map(
        (method) =>
          `${method} ${readableMemory(tuningMemory(name, method, 4096))}, ${readableMemory(tuningMemory(name, method, 512))}`,
      );
      return row([
        `\`${name}\``,
        readableCount(parameters),
        String(sizes.context),
        languages.join(', '),
        chatTemplate ? 'yes' : 'no',
        licence,
        memory.join('<br>'),
        `[${uri.replace('hf://', '')}](${source})`,
      ]);
    }),
    '<!-- prettier-ignore-end -->',
  ].join('\n');
  return `${before}${begin}\n\n${table}\n\n${end}${after}`;
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
