/** Bytes in, whole lines out: a character or a line may come in several pieces. */
export class LineSplitter {
  #rest: Buffer[] = [];

  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      this.#rest.push(chunk.subarray(start, end));
      const line = (this.#rest.length === 1 ? this.#rest[0]! : Buffer.concat(this.#rest)).toString('utf8');
      this.#rest = [];
      if (line !== '') lines.push(line);
      start = end + 1;
    }
    if (start < chunk.length) this.#rest.push(chunk.subarray(start));
    return lines;
  }
}
