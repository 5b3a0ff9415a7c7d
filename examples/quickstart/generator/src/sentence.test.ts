import { expect, it } from 'vitest';
import { fill } from './sentence.ts';

it('puts a space around Latin answers in Chinese, but none before a full stop', () => {
  expect(fill('{entity}以{answer}为首都。', 'zh', '法国', 'Paris')).toBe('法国以 Paris 为首都。');
  expect(fill('{entity}的首都是{answer}。', 'zh', '法国', 'Paris')).toBe('法国的首都是 Paris。');
  expect(fill('{answer}是{entity}的首都。', 'zh', '法国', 'Paris')).toBe(' Paris 是法国的首都。');
  expect(fill('{entity}的货币是{answer}。', 'zh', '法国', '欧元')).toBe('法国的货币是欧元。');
});

it('gives English names their article, their genitive and a capital at the beginning', () => {
  expect(fill("{entity's} capital is {answer}.", 'en', 'Bahamas', 'Nassau')).toBe("The Bahamas' capital is Nassau.");
  expect(fill('What is the capital of {entity}?', 'en', 'Faroe Islands')).toBe(
    'What is the capital of the Faroe Islands?',
  );
  expect(fill("What is {entity's} capital?", 'en', 'France')).toBe("What is France's capital?");
});
