import { createHash } from 'node:crypto';
import type { ServeTask } from '@wikigpt/schema/task.ts';
import type { ChatModel } from '../cluster/kinds.ts';
import type { ConfigMap, Deployment, Service } from '../cluster/objects.ts';
import { ownedBy } from '../cluster/owner-reference.ts';
import { httpPort } from './http-port.ts';
import { copiesMount, mountsOf, taskAndToken, together } from './mounts.ts';
import { chatMetadata, chatModelLabel, childLabels, revisionLabel, roleLabel, serviceName } from './names.ts';
import { networkLabels } from './namespace-fixtures.ts';
import { containerSecurity, scratchSpace } from './pod-security.ts';
import { containerResources, placement, userEnv } from './placement.ts';
import type { Settings } from './settings.ts';

/** Annotations of a revision's Deployment, by which a later pass knows what it serves. */
export const digestAnnotation = 'wikigpt.dev/model-digest';
const modelAnnotation = 'wikigpt.dev/model';
/** Annotation of the Service: since when its selector has named this revision. */
export const liveSinceAnnotation = 'wikigpt.dev/live-since';
/** Annotation of the Service: the revisions that its selector has named, the latest first. */
export const servedAnnotation = 'wikigpt.dev/served';
/** No more than can be kept, and the one that is live. */
const servedLimit = 21;

/** Requests follow the endpoints of a Service a moment later; a pod that is to end takes those that still come. */
const lastRequests = { preStop: { sleep: { seconds: 5 } } } as const;

/** Never fewer pods than asked for. Said in full, since what the API server fills in would stay, and refuse Recreate. */
const oneAfterAnother = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '25%' } } as const;

/** What the serving pods of a revision are told; `peerUrl` is the address of the ChatModel that the page compares with. */
export function servingTask(
  chat: ChatModel,
  revision: string,
  model: ServeTask['model'],
  peerUrl: string | undefined,
): ServeTask {
  const { namespace, name, uid = '' } = chat.metadata;
  // How many pods there are and how they are reached is no business of a pod's: it changes without a word to them.
  const { replicas: _, autoscaling: _a, expose: _e, ...spec } = chat.spec;
  return {
    apiVersion: 'wikigpt.dev/v1alpha1',
    kind: 'ChatModel',
    metadata: { namespace, name, uid },
    spec,
    revision,
    model,
    ...(spec.ui.compareWith === undefined ? {} : { peer: { name: spec.ui.compareWith, url: peerUrl } }),
  };
}

/** The ConfigMap with a revision's task.json. */
export function revisionTask(chat: ChatModel, task: ServeTask): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...revisionMetadata(chat, task.revision), name: `${task.revision}-task` },
    data: { 'task.json': taskText(task) },
  };
}

/** The pods of one revision. */
export function revisionDeployment(chat: ChatModel, task: ServeTask, replicas: number, settings: Settings): Deployment {
  const { spec } = chat;
  const { model, revision } = task;
  const labels = { ...childLabels(chatModelLabel, chat.metadata.name), [revisionLabel]: revision };
  const addresses = [model, ...spec.adapters.flatMap(({ uri }) => (uri === undefined ? [] : [{ uri }]))];
  const role = { [roleLabel]: 'server', ...networkLabels(addresses) };
  const { volumes, volumeMounts } = together([
    taskAndToken(`${revision}-task`),
    scratchSpace,
    mountsOf(addresses),
    copiesMount(model),
  ]);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      ...revisionMetadata(chat, revision),
      annotations: { [modelAnnotation]: model.uri, ...(model.digest ? { [digestAnnotation]: model.digest } : {}) },
    },
    spec: {
      replicas,
      selector: { matchLabels: { [chatModelLabel]: chat.metadata.name, [revisionLabel]: revision } },
      strategy: spec.rollout.strategy === 'Recreate' ? { type: 'Recreate' } : oneAfterAnother,
      template: {
        // What a pod read at its start makes another template, so that pods are replaced by pods that have read it.
        metadata: { labels: { ...labels, ...role }, annotations: { 'wikigpt.dev/task-digest': taskDigest(task) } },
        spec: {
          restartPolicy: 'Always',
          terminationGracePeriodSeconds: 30,
          ...placement(spec.pod, settings),
          containers: [
            {
              name: 'server',
              image: settings.image,
              args: ['serve'],
              env: [
                { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
                { name: 'PORT', value: String(httpPort.containerPort) },
                ...userEnv(spec.pod),
              ],
              ports: [httpPort],
              lifecycle: lastRequests,
              readinessProbe: {
                httpGet: { path: '/health', port: httpPort.name },
                periodSeconds: 2,
                failureThreshold: 3,
              },
              resources: containerResources(spec.resources),
              ...containerSecurity,
              volumeMounts,
            },
          ],
          volumes,
        },
      },
    },
  };
}

/** The stable address of a ChatModel; its selector names the revision that is live, annotations since when and what was before. */
export function chatService(
  chat: ChatModel,
  revision: string,
  { since, served }: { readonly since: string; readonly served: readonly string[] },
): Service {
  const annotations = {
    [liveSinceAnnotation]: since,
    [servedAnnotation]: served.slice(0, servedLimit).join(' '),
  };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...chatMetadata(chat), name: serviceName(chat), annotations },
    spec: {
      selector: { [chatModelLabel]: chat.metadata.name, [revisionLabel]: revision },
      ports: [{ name: 'http', port: 80, targetPort: httpPort.name }],
    },
  };
}

function revisionMetadata(chat: ChatModel, revision: string) {
  return {
    namespace: chat.metadata.namespace,
    name: revision,
    labels: { ...childLabels(chatModelLabel, chat.metadata.name), [revisionLabel]: revision },
    ownerReferences: [ownedBy(chat)],
  };
}

function taskText(task: ServeTask): string {
  return `${JSON.stringify(task, undefined, 2)}\n`;
}

/** Digest of what matters to a running pod: not how many there are, nor how they came to be. */
function taskDigest(task: ServeTask): string {
  const { rollout: _, requireGate: _g, model: _m, ...spec } = task.spec;
  return createHash('sha256')
    .update(JSON.stringify({ ...task, spec }))
    .digest('hex');
}
