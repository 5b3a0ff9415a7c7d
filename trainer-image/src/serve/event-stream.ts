/**
 * Server-sent events from `messages`, taken only as fast as the client reads; `cancel` runs when the client leaves.
 * An error ends the stream with the message that `describe` makes of it, since the status line is already out.
 */
export function eventStream(
  messages: AsyncIterable<unknown>,
  describe: (error: unknown) => unknown,
  cancel: () => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const iterator = messages[Symbol.asyncIterator]();
  const write = (data: string): Uint8Array => encoder.encode(`data: ${data}\n\n`);
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await iterator.next();
        if (!done) return controller.enqueue(write(JSON.stringify(value)));
        controller.enqueue(write('[DONE]'));
      } catch (error) {
        controller.enqueue(write(JSON.stringify(describe(error))));
      }
      controller.close();
    },
    cancel,
  });
}

export const eventStreamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  // Proxies that buffer would hold the answer back.
  'x-accel-buffering': 'no',
} as const;
