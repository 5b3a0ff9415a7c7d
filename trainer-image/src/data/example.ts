/** A tokenised record; both arrays have the same length. */
export interface Example {
  /** `[length]` token ids. */
  readonly tokens: Int32Array;
  /** `[length]`, 1 where the token is a target of the loss; never for the first token, which nothing predicts. */
  readonly supervised: Uint8Array;
  /** Where the rejected answer of a pair begins, as a document of its own behind the chosen one. */
  readonly rejectedFrom?: number;
}
