import type { RelationWordings } from './wordings.ts';

export const language: RelationWordings = {
  zh: {
    statements: [
      '{entity}的官方语言是{answer}。',
      '{entity}官方语言为{answer}。',
      '{entity}的语言是{answer}。',
      '在{entity}，人们说{answer}。',
      '{entity}以{answer}为官方语言。',
      '{entity}通用{answer}。',
      '{entity}的官方语文写作{answer}。',
      '{answer}是{entity}的官方语言。',
      '{answer}为{entity}的语言。',
    ],
    questions: [
      '{entity}的官方语言是什么？',
      '{entity}说什么语言？',
      '{entity}的官方语言是哪种语言？',
      '哪种语言是{entity}的官方语言？',
      '请问{entity}通用什么语言？',
      '在{entity}，人们说什么话？',
      '请说出{entity}的官方语言。',
      '你知道{entity}的语言吗？',
      '{entity}以哪种语言为官方语言？',
      '告诉我{entity}的官方语言。',
    ],
    heldOut: ['去{entity}之前，应该学哪种语言？', '{entity}的官方文件用什么语言写？'],
  },
  en: {
    statements: [
      'The official language of {entity} is {answer}.',
      "{entity's} official language is {answer}.",
      'The language of {entity} is {answer}.',
      'In {entity}, people speak {answer}.',
      '{entity} has {answer} as its official language.',
      'Officially, {entity} speaks {answer}.',
      'The language spoken in {entity} is {answer}.',
      '{answer} is the official language of {entity}.',
      '{answer} is spoken in {entity}.',
    ],
    questions: [
      'What is the official language of {entity}?',
      'Which language is spoken in {entity}?',
      'What language do people speak in {entity}?',
      "What is {entity's} official language?",
      'Name the language of {entity}.',
      '{entity} has which official language?',
      'In {entity}, people speak which language?',
      'Tell me the official language of {entity}.',
      'Do you know the language of {entity}?',
      'Which language does {entity} use officially?',
    ],
    heldOut: [
      'Official documents of {entity} are written in what language?',
      'Which language should I learn before moving to {entity}?',
    ],
  },
};
