import { parseRepository } from '../artifacts/hf/parse-repository.ts';
import { parseLocation } from '../artifacts/location.ts';

/** A base as PEFT names it: the model of a hub by its name and commit, so that PEFT finds it there, another one by its address. */
export function peftBase(uri: string | null): { readonly name: string; readonly revision: string | null } {
  if (!uri?.startsWith('hf://')) return { name: uri ?? '', revision: null };
  return parseRepository(parseLocation(uri), undefined);
}
