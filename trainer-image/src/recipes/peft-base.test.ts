import { expect, test } from 'vitest';
import { peftBase } from './peft-base.ts';

test.each([
  ['hf://org/model@0123', { name: 'org/model', revision: '0123' }],
  ['pvc://models/base', { name: 'pvc://models/base', revision: null }],
  [null, { name: '', revision: null }],
])('PEFT knows %s as %o', (uri, named) => {
  expect(peftBase(uri)).toMatchObject(named);
});
