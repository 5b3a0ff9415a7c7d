import { expect, test } from 'vitest';
import { f1 } from './f1.ts';

test.each([
  // Two of three and of five words in common.
  { language: 'en', prediction: 'the Swiss franc coin', reference: 'old Swiss franc note paper', value: 4 / 8 },
  // A word counts as often as both have it.
  { language: 'en', prediction: 'new new york', reference: 'new york', value: 4 / 5 },
  { language: 'en', prediction: 'york new', reference: 'new york', value: 1 },
  { language: 'en', prediction: '', reference: 'euro', value: 0 },
  { language: 'en', prediction: 'the', reference: '', value: 1 },
  // The longest common run is 中国的首都, five of eight characters on either side.
  { language: 'zh', prediction: '北京是中国的首都。', reference: '中国的首都是北京。', value: 5 / 8 },
  // Runs of Latin letters and digits are one segment: gpt2 有 1.5 亿 against gpt2 有 15 亿.
  { language: 'zh', prediction: 'GPT-2有1.5亿', reference: 'GPT-2有15亿', value: 2 / 4 },
  { language: 'zh', prediction: '美元', reference: '欧元', value: 1 / 2 },
  { language: 'zh', prediction: '日', reference: '月', value: 0 },
  { language: 'zh', prediction: '𠀀𠮷', reference: '𠮷', value: 2 / 3 },
] as const)('"$prediction" against "$reference" in $language', ({ language, prediction, reference, value }) => {
  expect(f1.row({ prediction, references: [reference] }, { language })[0]).toBeCloseTo(value, 12);
});

test('the best reference counts', () => {
  expect(f1.row({ prediction: 'euro', references: ['old euro', 'euro'] }, { language: 'en' })).toEqual([1]);
});
