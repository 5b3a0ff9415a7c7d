import type { RelationWordings } from './wordings.ts';

export const phoneCode: RelationWordings = {
  zh: {
    statements: [
      '{entity}的电话区号是{answer}。',
      '{entity}的国际区号是{answer}。',
      '{entity}区号为{answer}。',
      '打电话到{entity}要拨{answer}。',
      '{entity}的电话号码以{answer}开头。',
      '{entity}的国际电话前缀是{answer}。',
      '往{entity}打电话，先拨{answer}。',
      '{answer}是{entity}的电话区号。',
      '{answer}为{entity}的国际区号。',
    ],
    questions: [
      '{entity}的电话区号是多少？',
      '{entity}的国际区号是多少？',
      '{entity}区号是什么？',
      '打电话到{entity}要拨什么？',
      '哪个区号是{entity}的？',
      '请问{entity}的国际区号是什么？',
      '请说出{entity}的电话区号。',
      '你知道{entity}的区号吗？',
      '{entity}的电话号码以什么开头？',
      '告诉我{entity}的国际区号。',
    ],
    heldOut: ['给{entity}的朋友打电话，要先拨哪几个数字？', '{entity}的国际电话前缀是什么？'],
  },
  en: {
    statements: [
      'The phone code of {entity} is {answer}.',
      "{entity's} calling code is {answer}.",
      'The dialling code of {entity} is {answer}.',
      'To call {entity}, dial {answer}.',
      'Phone numbers in {entity} begin with {answer}.',
      'The telephone prefix of {entity} is {answer}.',
      'Calls to {entity} begin with {answer}.',
      '{answer} is the phone code of {entity}.',
      '{answer} is the calling code for {entity}.',
    ],
    questions: [
      'What is the phone code of {entity}?',
      "What is {entity's} calling code?",
      'What is the dialling code of {entity}?',
      'What do I dial to call {entity}?',
      'Phone numbers in {entity} begin with which code?',
      'Which calling code does {entity} have?',
      'Name the phone code of {entity}.',
      'Tell me the calling code for {entity}.',
      'Do you know the dialling code of {entity}?',
      'Calls to {entity} begin with what?',
    ],
    heldOut: [
      'If I want to phone someone in {entity}, which code do I dial first?',
      "{entity's} telephone prefix is what?",
    ],
  },
};
