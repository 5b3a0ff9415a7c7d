import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { score } from './score.ts';
import type { ScoreCommandOptions } from './score.ts';

let folder: string;
const file = (name: string): string => path.join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'score-'));
  const files = {
    'zh-hypotheses': '北京是中国的首都。\n他说：“今天天气很好”……——真的。\nGPT-2有1.5亿参数\n',
    'zh-references': '中国的首都是北京。\r\n他说：“今天的天气很好”……真的！\r\nGPT-2拥有15亿个参数',
    'en-hypotheses': 'the euro\n\nthe dollar\n',
    'en-references': 'euro\nyen\nfranc\n',
    'more-references': 'euros\nwon\ndollar\n',
    short: 'one line\n',
    empty: '',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(file(name), text);
  await writeFile(file('latin-1'), Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x0a]));
});

afterAll(() => rm(folder, { recursive: true }));

async function run(options: Partial<ScoreCommandOptions>): Promise<string> {
  let output = '';
  const defaults = { metric: 'ExactMatch', hypotheses: file('en-hypotheses'), references: file('en-references') };
  await score({ ...defaults, ...options }, { stdout: { write: (text) => (output += text) } });
  return output;
}

describe('score', () => {
  const chinese = { metric: 'bleu', hypotheses: 'zh-hypotheses', references: 'zh-references' };

  test('prints the number, its scale and its signature', async () => {
    const output = await run({ ...chinese, hypotheses: file('zh-hypotheses'), references: file('zh-references') });
    expect(output).toMatch(/^BLEU 52\.82 \(95 % interval \d+\.\d\d to \d+\.\d\d; scale 0 to 100; 3 lines\)\n/);
    expect(output).toContain(
      'nrefs:1|case:mixed|eff:no|tok:zh|smooth:exp|version:2.6.0|bs:1000|seed:12345|detected:zh\n',
    );
  });

  test('prints one JSON object when asked', async () => {
    const references = file('zh-references');
    const output = await run({ ...chinese, hypotheses: file('zh-hypotheses'), references, language: 'zh', json: true });
    expect(JSON.parse(output)).toEqual({
      metric: 'BLEU',
      value: expect.closeTo(52.8214812361, 8) as number,
      low: expect.any(Number) as number,
      high: expect.any(Number) as number,
      signature: expect.stringMatching(/\|seed:12345$/) as string,
    });
  });

  test('takes several reference files, and an empty line for an empty text', async () => {
    const output = await run({ references: [file('en-references'), file('more-references')] });
    expect(output).toMatch(/^ExactMatch 0\.6667 .*scale 0 to 1; 3 lines\)\nnrefs:2\|/);
  });

  test.each(['rouge-l', 'ROUGE_L', 'RougeL'])('knows the metric as %s', async (metric) => {
    await expect(run({ metric })).resolves.toMatch(/^RougeL 0\.\d{4} /);
  });

  test("uses the BLEU tokenizer of the user's choice", async () => {
    await expect(run({ metric: 'BLEU', tokenizer: 'char' })).resolves.toContain('tok:char');
  });
});

describe('score refuses', () => {
  test.each([
    { why: 'a misspelt metric', options: { metric: 'blue' }, message: /no metric "blue"\. Did you mean BLEU\?/ },
    {
      why: 'an unlike metric',
      options: { metric: 'xyzzy' },
      message: /no metric "xyzzy"\. Write one of ExactMatch, F1/,
    },
    { why: 'perplexity', options: { metric: 'Perplexity' }, message: /needs a model's probability of every token/ },
    { why: 'an unknown language', options: { language: 'fr' }, message: /no rules for language "fr"; write zh or en/ },
    {
      why: 'an unknown tokenizer',
      options: { tokenizer: 'spm' },
      message: /no BLEU tokenizer "spm"; write one of 13a/,
    },
  ])('$why', async ({ options, message }) => {
    await expect(run(options)).rejects.toMatchObject({
      code: 'UnknownMetric',
      message: expect.stringMatching(message) as string,
    });
  });

  test.each([
    { why: 'files of different lengths', name: 'short', message: /has 3 lines and .*short has 1/ },
    { why: 'a missing file', name: 'missing', message: /There is no file .*missing/ },
    { why: 'an empty file', name: 'empty', message: /empty is empty; it needs one text a line/ },
    { why: 'text in another encoding', name: 'latin-1', message: /latin-1 is not UTF-8 text/ },
    { why: 'a folder', name: '.', message: /is a folder/ },
  ])('$why', async ({ name, message }) => {
    await expect(run({ references: file(name) })).rejects.toMatchObject({
      code: 'DataInvalid',
      message: expect.stringMatching(message) as string,
    });
  });
});
