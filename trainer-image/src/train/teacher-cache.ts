import { createHash } from 'node:crypto';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Batch, Likeliest } from '../data/batch.ts';
import { supervisedDocuments } from '../data/supervised-documents.ts';
import { createSession, type Session } from '../runtime/session.ts';
import { likeliestGraph, type LogitsRoute, type Teacher } from './distillation-loss.ts';
import { batchFeeds, type BatchShape } from './packed-forward.ts';

export interface TeacherCacheOptions {
  readonly teacher: Teacher;
  /** Digest of the teacher's files: what another teacher said is never used. */
  readonly digest: string;
  readonly route: LogitsRoute;
  /** Where the file lies. */
  readonly folder: string;
  readonly threads: number;
}

/** Its supervised slots follow each other in a batch. */
interface Document {
  readonly key: string;
  readonly firstSlot: number;
  readonly slots: number;
}

const keyBytes = 32;
const headBytes = keyBytes + 4;

/**
 * What the teacher holds likeliest in each document, asked once and kept in a file that only grows: of one document
 * its key, its number of slots, k tokens (uint32) and k + 1 logarithms (float32) a slot. What a stop cut off is asked again.
 */
export class TeacherCache {
  /** Documents that the teacher was asked for by this process. */
  asked = 0;
  readonly #options: TeacherCacheOptions;
  readonly #file: FileHandle;
  readonly #places = new Map<string, number>();
  readonly #sessions = new Map<string, Promise<Session>>();
  #end = 0;

  private constructor(options: TeacherCacheOptions, file: FileHandle) {
    this.#options = options;
    this.#file = file;
  }

  /** Opens the file of this teacher, k and temperature, or begins one. */
  static async open(options: TeacherCacheOptions): Promise<TeacherCache> {
    const { digest, route, folder } = options;
    const identity = createHash('sha256')
      .update(`1 ${digest} ${route.topK} ${route.temperature} ${route.tokens}`)
      .digest('hex');
    await mkdir(folder, { recursive: true });
    const file = await open(join(folder, `teacher-${identity.slice(0, 16)}.bin`), 'a+');
    const cache = new TeacherCache(options, file);
    await cache.#readPlaces();
    return cache;
  }

  /** The batch with what the teacher holds likeliest; the teacher runs only when a document of it is new. */
  async complete(batch: Batch): Promise<Batch> {
    const documents = documentsOf(batch);
    const missing = documents.filter(({ key }) => !this.#places.has(key));
    if (missing.length > 0) await this.#ask(batch, missing);
    const { topK } = this.#options.route;
    const slots = batch.targets.length;
    const likeliest: Likeliest = {
      tokens: new BigInt64Array(slots * topK),
      logShares: new Float32Array(slots * (topK + 1)),
    };
    for (const document of documents) await this.#read(document, likeliest);
    return { ...batch, likeliest };
  }

  async close(): Promise<void> {
    const sessions = await Promise.all(this.#sessions.values());
    this.#sessions.clear();
    await Promise.all(sessions.map((session) => session.release()));
    await this.#file.close();
  }

  get #slotBytes(): number {
    return 4 * (2 * this.#options.route.topK + 1);
  }

  async #readPlaces(): Promise<void> {
    const { size } = await this.#file.stat();
    const head = Buffer.alloc(headBytes);
    while (this.#end + headBytes <= size) {
      await this.#file.read(head, 0, headBytes, this.#end);
      const next = this.#end + headBytes + head.readUInt32LE(keyBytes) * this.#slotBytes;
      if (next > size) break;
      this.#places.set(head.toString('hex', 0, keyBytes), this.#end + headBytes);
      this.#end = next;
    }
    await this.#file.truncate(this.#end);
  }

  async #ask(batch: Batch, documents: readonly Document[]): Promise<void> {
    const { topK } = this.#options.route;
    const session = await this.#session({ rows: batch.rows, length: batch.length, slots: batch.targets.length });
    const out = await session.run(batchFeeds(batch));
    const tokens = out['likeliest']!.data as BigInt64Array;
    const logShares = out['logShares']!.data as Float32Array;
    // A document that stands twice in a batch is new once.
    for (const { key, firstSlot, slots } of documents) {
      if (this.#places.has(key)) continue;
      const record = Buffer.alloc(headBytes + slots * this.#slotBytes);
      record.write(key, 'hex');
      let at = record.writeUInt32LE(slots, keyBytes);
      for (let i = firstSlot * topK; i < (firstSlot + slots) * topK; i++)
        at = record.writeUInt32LE(Number(tokens[i]), at);
      for (let i = firstSlot * (topK + 1); i < (firstSlot + slots) * (topK + 1); i++)
        at = record.writeFloatLE(logShares[i]!, at);
      await this.#file.appendFile(record);
      this.#places.set(key, this.#end + headBytes);
      this.#end += record.length;
      this.asked += 1;
    }
  }

  async #read({ key, firstSlot, slots }: Document, { tokens, logShares }: Likeliest): Promise<void> {
    const { topK } = this.#options.route;
    const record = Buffer.alloc(slots * this.#slotBytes);
    await this.#file.read(record, 0, record.length, this.#places.get(key));
    for (let i = 0; i < slots * topK; i++) tokens[firstSlot * topK + i] = BigInt(record.readUInt32LE(4 * i));
    for (let i = 0; i < slots * (topK + 1); i++)
      logShares[firstSlot * (topK + 1) + i] = record.readFloatLE(4 * (slots * topK + i));
  }

  #session(shape: BatchShape): Promise<Session> {
    const { teacher, route, threads } = this.#options;
    const key = `${shape.rows}x${shape.length}x${shape.slots}`;
    let session = this.#sessions.get(key);
    if (!session) {
      const graph = likeliestGraph(teacher, shape, route);
      const source = teacher.folder === undefined ? { graph } : { graph, folder: teacher.folder };
      session = createSession(source, { threads, prepacking: false, spinning: false });
      this.#sessions.set(key, session);
    }
    return session;
  }
}

/** The documents of a batch that have supervised slots; a key tells their tokens and which of them are supervised. */
function documentsOf(batch: Batch): Document[] {
  return supervisedDocuments(batch).map(({ start, end, firstSlot, slots }) => {
    const hash = createHash('sha256');
    for (let i = start; i < end; i++) hash.update(`${batch.tokens[i]} `);
    for (const target of batch.targets.subarray(firstSlot, firstSlot + slots))
      hash.update(`.${Number(target) - start}`);
    return { key: hash.digest('hex'), firstSlot, slots };
  });
}
