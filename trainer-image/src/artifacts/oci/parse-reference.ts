import { TrainerError } from '../../errors.ts';
import type { Location } from '../location.ts';

/** An artifact of a registry, as `docker pull` names one. */
export interface Reference {
  /** Host, and port where it has one. */
  readonly registry: string;
  readonly name: string;
  /** A tag, or the digest of the manifest, which goes before. */
  readonly version: string;
}

const part = /[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*/.source;
const form = new RegExp(`^(${part}(?:/${part})*)(?::([\\w][\\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`);

/** Reads `oci://registry/name:tag@sha256:…`; fails with InvalidSpec. The tag is `latest` when neither is there. */
export function parseReference({ uri, owner: registry, path }: Location): Reference {
  const [, name, tag = 'latest', digest] = form.exec(path) ?? [];
  if (name === undefined || name.length > 255 || !/^[a-zA-Z0-9][a-zA-Z0-9.-]*(:[0-9]{1,5})?$/.test(registry))
    throw new TrainerError(
      'InvalidSpec',
      `"${uri}" does not name an artifact: write oci://registry/name:tag or oci://registry/name@sha256:….`,
    );
  return { registry, name, version: digest ?? tag };
}
