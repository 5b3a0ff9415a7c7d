import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { StringDecoder } from 'node:string_decoder';
import type { LogOptions } from '../port.ts';

const pollMs = 200;

/** The text of a growing file, from its last `tailLines` on; `goesOn` says whether more may come. */
export async function* readLog(
  file: string,
  { tailLines, follow = false, signal }: LogOptions,
  goesOn: () => boolean,
): AsyncGenerator<string> {
  let at = 0;
  const decoder = new StringDecoder('utf8');
  for (let first = true; ; first = false) {
    const more = follow && goesOn();
    const bytes = await readFrom(file, at);
    at += bytes.length;
    const text = decoder.write(bytes);
    const shown = first && tailLines !== undefined ? lastLines(text, tailLines) : text;
    if (shown !== '') yield shown;
    if (signal?.aborted || !more) return;
    if (bytes.length === 0) await sleep(pollMs, undefined, signal ? { signal } : {}).catch(() => undefined);
  }
}

async function readFrom(file: string, start: number): Promise<Buffer> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (!handle) return Buffer.alloc(0);
  try {
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.max(size - start, 0));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function lastLines(text: string, count: number): string {
  const lines = text.split('\n');
  const whole = text.endsWith('\n') ? lines.slice(0, -1) : lines;
  const shown = count === 0 ? [] : whole.slice(-count);
  return shown.length === 0 ? '' : `${shown.join('\n')}\n`;
}
