import { expect, test } from 'vitest';
import { detectLanguage } from './language.ts';

test.each([
  { texts: ['北京是中国的首都。'], language: 'zh' },
  { texts: ['GPT-2有1.5亿参数'], language: 'zh' },
  { texts: ['Beijing (北京) is the capital of China.'], language: 'en' },
  { texts: ['Paris', '巴黎', '欧元和人民币'], language: 'zh' },
  { texts: ['1234 …'], language: 'en' },
  { texts: [], language: 'en' },
])('$texts are scored as $language', ({ texts, language }) => {
  expect(detectLanguage(texts)).toBe(language);
});
