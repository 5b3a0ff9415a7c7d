/** A fenced shell block of a page, as a reader would paste it. */
export interface CommandBlock {
  readonly line: number;
  readonly commands: readonly string[];
}

/** The `sh` blocks of a Markdown page; a backslash at a line's end continues the command, `#` lines are comments. */
export function commandBlocks(markdown: string): CommandBlock[] {
  return [...markdown.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => ({
    line: markdown.slice(0, match.index).split('\n').length,
    commands: (match[1] ?? '')
      .replace(/\\\n\s*/g, '')
      .split('\n')
      .map((command) => command.trim())
      .filter((command) => command !== '' && !command.startsWith('#')),
  }));
}
