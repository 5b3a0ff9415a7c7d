import { expect, it } from 'vitest';
import { bytesOfQuantity } from './bytes-of-quantity.ts';

it.each([
  ['1024', 1024],
  ['8Gi', 8 * 2 ** 30],
  ['1.5G', 1_500_000_000],
  ['500m', undefined],
  ['8 GB', undefined],
  ['much', undefined],
  ['', undefined],
])('%s is %s bytes', (text, bytes) => {
  expect(bytesOfQuantity(text)).toBe(bytes);
});
