import { since } from './columns.ts';
import { say, type Io } from './io.ts';
import { table } from './table.ts';
import { readWorkspace } from './workspace.ts';

/** Prints what happened, the newest last. */
export async function events(
  options: { readonly namespace: string; readonly allNamespaces?: boolean; readonly for?: string },
  io: Io,
): Promise<number> {
  const found = await readWorkspace(io).list('Event', options.allNamespaces ? {} : { namespace: options.namespace });
  const name = options.for?.split('/').at(-1);
  const shown = found
    .filter(({ involvedObject }) => name === undefined || involvedObject.name === name)
    .sort((a, b) => a.lastTimestamp.localeCompare(b.lastTimestamp));
  if (shown.length === 0) say(io, 'No events found.');
  else
    io.out.write(
      table([
        ['LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'],
        ...shown.map(({ lastTimestamp, type, reason, involvedObject, message, count }) => [
          `${since(lastTimestamp, io.now())}${count > 1 ? ` (x${count})` : ''}`,
          type,
          reason,
          `${involvedObject.kind.toLowerCase()}/${involvedObject.name}`,
          message,
        ]),
      ]),
    );
  return 0;
}
