import { expect, test } from 'vitest';
import { exactMatch } from './exact-match.ts';

test.each([
  { language: 'en', prediction: 'The  Euro.', reference: 'euro', value: 1 },
  { language: 'en', prediction: 'U.S.A', reference: 'usa', value: 1 },
  { language: 'en', prediction: 'euros', reference: 'euro', value: 0 },
  // Articles are words of their own, whatever alphabet they stand next to.
  { language: 'en', prediction: 'théa', reference: 'thé', value: 0 },
  { language: 'en', prediction: 'an apple a day', reference: 'apple day', value: 1 },
  // SQuAD drops ASCII marks only.
  { language: 'en', prediction: '“euro”', reference: 'euro', value: 0 },
  { language: 'en', prediction: '', reference: 'the', value: 1 },
  { language: 'zh', prediction: ' 《红楼梦》。', reference: '红楼梦', value: 1 },
  { language: 'zh', prediction: '欧元', reference: '美元', value: 0 },
  { language: 'zh', prediction: 'GPT-2', reference: 'gpt2', value: 1 },
  // The script's list holds a two-character ellipsis that no single character equals.
  { language: 'zh', prediction: '红楼梦……', reference: '红楼梦', value: 0 },
  { language: 'zh', prediction: '3.5', reference: '35', value: 0 },
] as const)(
  '"$prediction" against "$reference" in $language is $value',
  ({ language, prediction, reference, value }) => {
    expect(exactMatch.row({ prediction, references: [reference] }, { language })).toEqual([value]);
  },
);

test('any reference will do', () => {
  const example = { prediction: 'renminbi', references: ['yuan', 'Renminbi'] };
  expect(exactMatch.row(example, { language: 'en' })).toEqual([1]);
});

test('an example in its own language is compared by the rules of that language', () => {
  const example = { prediction: '欧元。', references: ['欧元'], language: 'zh' } as const;
  expect(exactMatch.row(example, { language: 'en' })).toEqual([1]);
  expect(exactMatch.signature([example], { language: 'en' })).toBe('nrefs:1|norm:cmrc|lang:zh');
});
