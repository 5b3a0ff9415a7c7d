import type { ArtifactScheme } from '@wikigpt/schema/catalog.ts';
import { configmap } from './configmap.ts';
import { file } from './file.ts';
import type { Scheme } from './location.ts';
import { pvc } from './pvc.ts';

/** The schemes that are folders or files of this machine. */
export const schemes = { pvc, configmap, file } as const satisfies Partial<Record<ArtifactScheme, Scheme>>;
