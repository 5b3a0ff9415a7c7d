import type { ArtifactScheme } from '@wikigpt/schema/catalog.ts';
import { configmap } from './configmap.ts';
import { file } from './file.ts';
import { hf } from './hf.ts';
import type { Scheme } from './location.ts';
import { oci } from './oci.ts';
import { pvc } from './pvc.ts';
import { s3 } from './s3.ts';
import { web } from './web.ts';

/** The schemes that artifacts and data are read from, and published to. */
export const schemes = {
  hf,
  oci,
  s3,
  http: web,
  https: web,
  pvc,
  configmap,
  file,
} as const satisfies Partial<Record<ArtifactScheme, Scheme>>;
