import type { CopiedScheme } from './location.ts';

/** `https://host/file`: one file of a web server. */
export const web: CopiedScheme = {
  async fetch(_location, address, stores, missing) {
    const { fetchUrl } = await import('./http/fetch-url.ts');
    return fetchUrl(address, stores, missing);
  },
};
