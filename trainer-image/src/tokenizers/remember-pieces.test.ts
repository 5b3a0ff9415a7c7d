import { expect, test } from 'vitest';
import { createRandom } from '../random.ts';
import { tokenizerFromFiles } from './load-tokenizer.ts';
import { rememberPieces } from './remember-pieces.ts';
import { trainByteLevelBpe } from './train-byte-level-bpe.ts';

test('ids by remembered pieces are those of the whole text, whatever stands side by side', () => {
  const files = trainByteLevelBpe(['ab ab abc 中文 中文 12 12 ,. ,. é é 한한 한한'], { vocabularySize: 300 });
  const tokenizer = tokenizerFromFiles(files);
  const parts = [
    ' ',
    '  ',
    '\n',
    '\t',
    '中',
    '文',
    'a',
    'bc',
    ' x',
    '1',
    '23',
    '，',
    '.',
    'é',
    '\u0301',
    '😀',
    '\u200d',
  ];
  parts.push('\ufe0f', '한', 'か', '〇', '\u0085', '\ufeff', '_', '\u3000');
  const random = createRandom(1);
  for (let round = 0; round < 300; round += 1) {
    const text = Array.from({ length: 10 }, () => parts[Math.floor(random.uniform() * parts.length)]).join('');
    expect(tokenizer.encodeText(text)).toEqual(tokenizer.encode(text));
  }
});

test('a piece is encoded once', () => {
  const asked: string[] = [];
  const encode = rememberPieces((piece) => {
    asked.push(piece);
    return [piece.length];
  });
  expect(encode('巴黎 is 巴黎')).toEqual([1, 1, 3, 1, 1, 1]);
  expect(encode('巴黎')).toEqual([1, 1]);
  expect(asked).toEqual(['巴', '黎', ' is', ' ']);
});
