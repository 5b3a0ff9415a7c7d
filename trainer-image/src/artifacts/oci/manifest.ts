import { z } from 'zod';

const layer = z.object({
  mediaType: z.string(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  size: z.int().min(0),
  annotations: z.record(z.string(), z.string()).optional(),
});
export type Layer = z.infer<typeof layer>;

/** The manifest of an artifact; an index of several has no layers. */
export const manifest = z.object({ layers: z.array(layer).max(10_000).optional() });
export type Manifest = z.infer<typeof manifest>;

export const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.index.v1+json',
];

/** The path of the file that a layer is, as ORAS, the model spec of the CNCF and Docker write it; undefined when it says none. */
export function titleOf({ mediaType, annotations = {} }: Layer): string | undefined {
  const title = annotations['org.opencontainers.image.title'] ?? annotations['org.cncf.model.filepath'];
  return title ?? (mediaType === 'application/vnd.docker.ai.gguf.v3' ? 'model.gguf' : undefined);
}

const usualType = 'application/vnd.oci.image.layer.v1.tar';

/** Whether a layer is an archive of files. ORAS calls every file the usual type, and says of a folder that it is to be unpacked. */
export function isArchive(layer: Layer): boolean {
  const { mediaType, annotations = {} } = layer;
  const title = titleOf(layer);
  if (annotations['io.deis.oras.content.unpack'] === 'true') return true;
  if (title !== undefined && mediaType === usualType) return /\.(tar|tgz|tar\.gz|tar\.zst)$/.test(title);
  return /[.+]tar([.+](gzip|zstd))?$/.test(mediaType);
}
