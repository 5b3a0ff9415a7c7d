/** A place in the endless stream of batches; saved with a checkpoint. */
export interface Cursor {
  readonly pass: number;
  /** Batches of this pass that are already used. */
  readonly batch: number;
}

/** A distribution over each slot's `k` likeliest tokens and all others together. */
export interface Likeliest {
  /** `[S, k]` */
  readonly tokens: BigInt64Array;
  /** `[S, k + 1]` logarithms of their shares, the last that of all others. */
  readonly logShares: Float32Array;
}

/** Rows of packed examples with static shapes; `B` rows of `T` tokens, `S` supervised slots. */
export interface Batch {
  readonly rows: number;
  readonly length: number;
  /** `[B * T]` token ids; padding holds the pad id. */
  readonly tokens: BigInt64Array;
  /** `[B * T]` position within its own example, from 0. */
  readonly positions: BigInt64Array;
  /** `[B * T]` number of the example within its row, from 1; 0 is padding. Attention stays within equal numbers. */
  readonly segments: Int32Array;
  /** `[S]` flat index into `B * T` of the hidden state that predicts the label. */
  readonly targets: BigInt64Array;
  /** `[S]` the token to predict. */
  readonly labels: BigInt64Array;
  /** `[S]` 1 for a real slot, −1 for one of a rejected answer, 0 for padding. */
  readonly weights: Float32Array;
  /** What a teacher holds likeliest in each slot, where that is known beforehand. */
  readonly likeliest?: Likeliest;
  /** Which pair of answers each slot belongs to, `[S]` from 0, and how many there are; in preference data alone. */
  readonly pairs?: { readonly ofSlot: BigInt64Array; readonly count: number };
  /** Whether the student wrote the answers: then there are no labels, and the teacher alone grades them. */
  readonly written?: true;
  /** Tokens that are not padding. */
  readonly tokenCount: number;
  /** Slots that are not padding. */
  readonly supervisedCount: number;
  /** Where to go on after this batch. */
  readonly next: Cursor;
}
