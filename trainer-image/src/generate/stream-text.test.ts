import { describe, expect, it } from 'vitest';
import { createTextStream } from './stream-text.ts';

const bytes = (text: string): number[] => [...new TextEncoder().encode(text)];

/** One byte per token: the hardest split there is. Returns what each push gave, then what `end` gave. */
function byBytes(text: string, stops: string[] = []): string[] {
  const stream = createTextStream((token) => Uint8Array.of(token), stops);
  return [...bytes(text).map((byte) => stream.push(byte)), stream.end()];
}

describe('streaming text', () => {
  it.each(['plain', '巴黎是法国的首都。', 'naïve café', '👍🏽 ok', '👩‍👩‍👧‍👦!', '🇫🇷🇨🇳 flags', '\ufeffmark', '☎️ 33'])(
    'never gives out part of a character: %s',
    (text) => {
      const parts = byBytes(text);
      expect(parts.join('')).toBe(text);
      expect(parts.join('|')).not.toContain('\ufffd');
      const clusters = new Set(
        Array.from(new Intl.Segmenter().segment(text), ({ index }) => index).concat(text.length),
      );
      let length = 0;
      for (const part of parts) expect(clusters).toContain((length += part.length));
    },
  );

  it('gives plain text out at once', () => {
    expect(byBytes('abc')).toEqual(['a', 'b', 'c', '']);
  });

  it('ends right before a stop string that straddles tokens, and gives out a start that came to nothing', () => {
    expect(byBytes('one\n\ntwo', ['\n\n']).join('')).toBe('one');
    expect(byBytes('a。b\nc', ['\n\n', '。。']).join('')).toBe('a。b\nc');
    expect(byBytes('aab', ['ab']).join('')).toBe('a');
  });

  it('stops at the earliest of several, and says so', () => {
    const stream = createTextStream((token) => new TextEncoder().encode(['x END y', 'more'][token]), ['y', 'END']);
    expect(stream.push(0)).toBe('x ');
    expect(stream.stopped).toBe(true);
    expect(stream.push(1) + stream.end()).toBe('');
  });

  it('shows a broken character as U+FFFD and carries on', () => {
    const stream = createTextStream((token) => Uint8Array.of(token), []);
    expect(stream.push(0xe5) + stream.push(0x41) + stream.push(0xe5) + stream.end()).toBe('\ufffdA\ufffd');
  });
});
