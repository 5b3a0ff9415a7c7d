import type { Family, ModelConfig } from './family.ts';

/** The name of the `[vocabulary, hidden]` tensor that tokens are looked up in. */
export function tokenEmbedding(family: Family, config: ModelConfig): string {
  return family.parameters(config).find(({ kind }) => kind === 'embedding')!.name;
}
