import type { CopiedScheme } from './location.ts';
import { parseReference } from './oci/parse-reference.ts';

/** `oci://registry/name:tag` or `oci://registry/name@sha256:…`: an artifact of an OCI registry. */
export const oci: CopiedScheme = {
  async fetch(location, address, stores, missing) {
    const reference = parseReference(location);
    const { fetchArtifact } = await import('./oci/fetch-artifact.ts');
    return fetchArtifact(reference, address, stores, missing);
  },
};
