import type { JobKind } from '@wikigpt/schema/catalog.ts';
import type { ModelSizes } from '@wikigpt/schema/model-sizes.ts';
import { presets, type PresetName } from '@wikigpt/schema/presets.ts';
import type { DistillTask, ModelFiles } from '@wikigpt/schema/task.ts';
import type { AnyObject, ChatModel, Kind, TrainingJob } from '../../cluster/kinds.ts';
import { serviceName } from '../../objects/names.ts';
import { urlInside } from '../../objects/service-url.ts';
import type { Settings } from '../../objects/settings.ts';
import { conditionOf } from '../condition.ts';
import type { Blocked, NameQuery } from '../controller.ts';

/** The place of a spec that names a model: a base, a teacher or a student. */
export interface ModelSource {
  readonly uri?: string | undefined;
  readonly preset?: PresetName | undefined;
  readonly fromJob?: { readonly kind: JobKind; readonly name: string } | undefined;
  readonly chatModel?: { readonly name: string } | undefined;
  readonly endpoint?:
    | { readonly url: string; readonly model: string; readonly secretRef?: { readonly name: string } | undefined }
    | undefined;
  readonly scratch?: object | undefined;
  readonly shrink?: object | undefined;
  readonly revision?: string | undefined;
  readonly digest?: string | undefined;
  readonly secretRef?: { readonly name: string } | undefined;
}

/** The object that a model comes from; nothing when it comes from no object. */
export function upstreamOf({ fromJob, chatModel }: ModelSource): NameQuery<Kind> | undefined {
  if (fromJob) return fromJob;
  return chatModel && { kind: 'ChatModel', name: chatModel.name };
}

/** The files of a model; null when the job makes it. */
export function filesOf(source: ModelSource, upstreams: readonly AnyObject[]): ModelFiles | null {
  const { revision, digest, secretRef } = source;
  if (source.uri !== undefined) return { uri: source.uri, revision, digest, secretRef };
  if (source.preset !== undefined) return { uri: presets[source.preset].uri, revision, digest, secretRef };
  const job = find(source, upstreams) as TrainingJob | undefined;
  const artifact = job?.status?.artifact;
  if (!artifact) return null;
  // What the job was written with, it can be read with.
  return {
    uri: artifact.uri,
    digest: digest ?? artifact.digest,
    secretRef: secretRef ?? job.spec.output.secretRef,
  };
}

/** The sizes of a model that the catalog knows, or that another job made, as that job reported them. */
export function sizesOf(source: ModelSource, upstreams: readonly AnyObject[]): ModelSizes | undefined {
  if (source.preset !== undefined) return presets[source.preset].sizes;
  return source.fromJob && (find(source, upstreams) as TrainingJob | undefined)?.status?.artifact?.model;
}

/** A teacher, by its files or by the server to ask; undefined while it is not there. */
export function teacherOf(
  source: ModelSource,
  upstreams: readonly AnyObject[],
  settings: Settings,
): DistillTask['teacher'] | undefined {
  const { endpoint, chatModel } = source;
  if (endpoint) return { url: endpoint.url, model: endpoint.model, secretRef: endpoint.secretRef };
  if (!chatModel) return filesOf(source, upstreams) ?? undefined;
  const upstream = find(source, upstreams) as ChatModel | undefined;
  // Pods of a cluster need no way in from outside, which status.url may be.
  const url =
    upstream && settings.inCluster
      ? urlInside({ namespace: upstream.metadata.namespace, name: serviceName(upstream) }, settings)
      : upstream?.status?.url;
  return url === undefined ? undefined : { url: `${url}/v1`, model: chatModel.name };
}

/** Why the model cannot be had yet; nothing when it can. */
export function whyMissing(source: ModelSource, upstreams: readonly AnyObject[]): Blocked | undefined {
  const query = upstreamOf(source);
  if (!query) return undefined;
  const name = `${query.kind} ${query.name}`;
  const waiting = (message: string) => ({ status: 'Unknown', reason: 'WaitingForModel', message }) as const;
  const upstream = find(source, upstreams) as TrainingJob | ChatModel | undefined;
  if (!upstream) return waiting(`${name} does not exist yet`);
  if (upstream.kind === 'ChatModel') {
    const ready = conditionOf(upstream, 'Ready')?.status === 'True' && upstream.status?.url !== undefined;
    return ready ? undefined : waiting(`waits until ${name} answers`);
  }
  const state = conditionOf(upstream, 'Succeeded');
  if (state?.status === 'False')
    return waiting(`${name} ended with ${state.reason}: delete it and make it again, or name another one`);
  return state?.status === 'True' && upstream.status?.artifact ? undefined : waiting(`waits for ${name}`);
}

/** A model as `kubectl get` shows it. */
export function modelTitle({ fromJob, chatModel, endpoint, preset, uri, scratch }: ModelSource): string {
  const named = fromJob?.name ?? chatModel?.name ?? endpoint?.model ?? preset ?? uri?.split('/').at(-1);
  return named ?? (scratch ? 'scratch' : 'shrink');
}

function find(source: ModelSource, upstreams: readonly AnyObject[]): AnyObject | undefined {
  const query = upstreamOf(source);
  return query && upstreams.find(({ kind, metadata }) => kind === query.kind && metadata.name === query.name);
}
