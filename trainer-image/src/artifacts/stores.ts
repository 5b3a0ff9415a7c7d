/** Where artifacts are found, copied and published. */
export interface Stores {
  /** Where the container's file system begins. */
  readonly root: string;
  /** Folder of this container's own, for copies of what lies elsewhere. */
  readonly work: string;
  /** The container's variables: endpoint and credentials of stores. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** An address, with what the manifest says about it. */
export interface Address {
  readonly uri: string;
  /** Branch, tag or commit of a repository, where the address itself names none. */
  readonly revision?: string | undefined;
  readonly digest?: string | undefined;
  /** The Secret with the store's credentials, mounted by its name. */
  readonly secretRef?: { readonly name: string } | undefined;
}

/** What it means to the reader when nothing is there. */
export type WhenMissing = 'DataInvalid' | 'ModelIncompatible';
