/** A `console` block of a page: a command after `$ `, and under it what the command prints. */
export interface ConsoleBlock {
  readonly command: string;
  readonly output: string;
}

const block = /^```console\n\$ (.*)\n([\s\S]*?)^```$/gm;

export function consoleBlocks(markdown: string): readonly ConsoleBlock[] {
  return [...markdown.matchAll(block)].map(([, command = '', output = '']) => ({ command, output }));
}

/** The page with these outputs in the place of its own. */
export function withOutputs(markdown: string, outputs: ReadonlyMap<string, string>): string {
  return markdown.replaceAll(block, (whole: string, command: string) => {
    const output = outputs.get(command);
    return output === undefined ? whole : `\`\`\`console\n$ ${command}\n${output}\`\`\``;
  });
}

/** The `yaml` blocks whose first line is a comment with a file's name, as the reader would save them. */
export function namedFiles(markdown: string): ReadonlyMap<string, string> {
  const blocks = markdown.matchAll(/^```yaml\n# (\S+\.yaml)\n([\s\S]*?)^```$/gm);
  return new Map([...blocks].map(([, name = '', content = '']) => [name, content]));
}
