import type { RelationWordings } from './wordings.ts';

export const isoCode: RelationWordings = {
  zh: {
    statements: [
      '{entity}的ISO代码是{answer}。',
      '{entity}的两字母代码是{answer}。',
      '{entity}代码为{answer}。',
      '{entity}缩写为{answer}。',
      '{entity}的ISO代码写作{answer}。',
      '在ISO 3166中，{entity}是{answer}。',
      '{entity}用两个字母{answer}表示。',
      '{answer}是{entity}的ISO代码。',
      '{answer}代表{entity}。',
    ],
    questions: [
      '{entity}的ISO代码是什么？',
      '{entity}的两字母代码是什么？',
      '{entity}缩写成什么？',
      '哪两个字母代表{entity}？',
      '请问{entity}的代码是哪两个字母？',
      '{entity}用哪两个字母表示？',
      '请说出{entity}的ISO代码。',
      '你知道{entity}的两字母代码吗？',
      '在ISO 3166中，{entity}的代码是什么？',
      '告诉我{entity}的ISO代码。',
    ],
    heldOut: ['按照ISO 3166，{entity}写成哪两个字母？', '{entity}的两位英文缩写是哪个？'],
  },
  en: {
    statements: [
      'The ISO code of {entity} is {answer}.',
      "{entity's} ISO code is {answer}.",
      'The two-letter code of {entity} is {answer}.',
      '{entity} is abbreviated {answer}.',
      'In ISO 3166, {entity} is {answer}.',
      '{entity} has the ISO code {answer}.',
      'The two letters for {entity} are {answer}.',
      '{answer} is the ISO code of {entity}.',
      '{answer} stands for {entity}.',
    ],
    questions: [
      'What is the ISO code of {entity}?',
      'What is the two-letter code of {entity}?',
      'Which two letters stand for {entity}?',
      "What is {entity's} ISO code?",
      'How is {entity} abbreviated?',
      'Name the ISO code of {entity}.',
      '{entity} has which two-letter code?',
      'Tell me the two letters for {entity}.',
      'Do you know the ISO code of {entity}?',
      'In ISO 3166, what is the code of {entity}?',
    ],
    heldOut: [
      'Under ISO 3166, {entity} is written with which two letters?',
      'What abbreviation of two letters does {entity} go by?',
    ],
  },
};
