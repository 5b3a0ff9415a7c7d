import { parseRepository } from './hf/parse-repository.ts';
import type { CopiedScheme } from './location.ts';

/** `hf://org/name@revision/path`: a repository of a Hugging Face hub; its client is loaded only where one is used. */
export const hf: CopiedScheme = {
  async fetch(location, address, stores, missing) {
    const repository = parseRepository(location, address.revision);
    const { fetchRepository } = await import('./hf/fetch-repository.ts');
    return fetchRepository(repository, address, stores, missing);
  },
};
