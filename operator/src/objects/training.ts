import type { DistillJobSpec } from '@wikigpt/schema/distill-job.ts';
import { exitCodes, stoppedBySignal, type ModelFiles, type Task } from '@wikigpt/schema/task.ts';
import { kinds, type TrainingJob } from '../cluster/kinds.ts';
import type { ConfigMap, Job, PersistentVolumeClaim, PodFailureRule } from '../cluster/objects.ts';
import { ownedBy } from '../cluster/owner-reference.ts';
import type { MemoryRequest } from './memory-request.ts';
import { httpPort } from './http-port.ts';
import { dataSources, mountsOf, taskAndToken, together, workMount } from './mounts.ts';
import { childLabels, jobLabels, roleLabel, trainingNames } from './names.ts';
import { networkLabels } from './namespace-fixtures.ts';
import { outputStore } from './output-store.ts';
import { containerSecurity, scratchSpace } from './pod-security.ts';
import { containerResources, placement, userEnv } from './placement.ts';
import type { Settings } from './settings.ts';

const authorityKey = 'ca.crt';

/** The part of task.json that is the same for every kind. */
export function taskFields(job: TrainingJob, settings: Settings): Pick<Task, 'apiVersion' | 'metadata' | 'output'> {
  const { namespace, name, uid = '' } = job.metadata;
  const { secretRef } = job.spec.output;
  return {
    apiVersion: 'wikigpt.dev/v1alpha1',
    metadata: { namespace, name, uid },
    output: {
      uri: `${outputStore(job, settings).replace(/\/$/, '')}/${namespace}/${name}/${uid.slice(0, 8)}`,
      ...(secretRef === undefined ? {} : { secretRef }),
    },
  };
}

/** task.json, and the authority that the pod trusts for its reports. */
export function taskConfigMap(job: TrainingJob, task: Task, { endpointAuthority }: Settings): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: childMetadata(job, trainingNames(job).task),
    data: {
      'task.json': `${JSON.stringify(task, undefined, 2)}\n`,
      ...(endpointAuthority === undefined ? {} : { [authorityKey]: endpointAuthority }),
    },
  };
}

/** The claim for checkpoints: it outlives the pods of the job and goes with the job. */
export function workClaim(job: TrainingJob, settings: Settings): PersistentVolumeClaim {
  return claim({ ...childMetadata(job, trainingNames(job).work) }, settings.workStorage, settings);
}

/** A claim for results, which belongs to nobody and stays. */
export function outputClaim(namespace: string, name: string, settings: Settings): PersistentVolumeClaim {
  return claim({ namespace, name }, settings.createClaims?.storage ?? settings.workStorage, settings);
}

/** The queue that decides when a job runs; there is none without a cluster. */
export function queueOf({ spec }: TrainingJob, { inCluster }: Settings): string | undefined {
  return inCluster ? spec.queueName : undefined;
}

/** The batch Job that trains: one pod at a time, tried again or not by what its exit code means. */
export function trainingJob(job: TrainingJob, task: Task, settings: Settings, memory: MemoryRequest = {}): Job {
  const { namespace, name } = job.metadata;
  const { spec } = job;
  const names = trainingNames(job);
  const labels = childLabels(jobLabels[job.kind], name);
  const queueName = queueOf(job, settings);
  const queue = queueName === undefined ? {} : { 'kueue.x-k8s.io/queue-name': queueName };
  const addresses = [task.output, ...modelFiles(task), ...dataSources(job)];
  const asked = job.kind === 'DistillJob' ? endpointOf(job.spec.teacher) : [];
  const { volumes, volumeMounts } = together([
    taskAndToken(names.task),
    scratchSpace,
    workMount(names.work),
    mountsOf([...addresses, ...asked]),
  ]);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { ...childMetadata(job, names.job), labels: { ...labels, ...queue } },
    spec: {
      // A queue lets it run in its time; nobody but the queue ever does.
      suspend: spec.suspend || queueName !== undefined,
      ...(spec.managedBy === 'wikigpt.dev/operator' ? {} : { managedBy: spec.managedBy }),
      backoffLimit: spec.backoffLimit,
      // Named also when it is undefined, so that taking it away is a change.
      activeDeadlineSeconds: spec.activeDeadlineSeconds,
      podFailurePolicy: { rules: failureRules },
      template: {
        metadata: { labels: { ...labels, [roleLabel]: 'trainer', ...networkLabels([...addresses, ...asked]) } },
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: 60,
          ...placement(spec.pod, settings),
          containers: [
            {
              name: 'trainer',
              image: settings.image,
              args: ['train'],
              env: [
                { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
                {
                  name: 'WIKIGPT_PROGRESS_URL',
                  value: `${settings.endpoint}/v1alpha1/namespaces/${namespace}/${kinds[job.kind].plural}/${name}/progress`,
                },
                ...(settings.endpointAuthority === undefined
                  ? []
                  : [{ name: 'NODE_EXTRA_CA_CERTS', value: `/etc/wikigpt/${authorityKey}` }]),
                ...(settings.inCluster
                  ? [{ name: 'WIKIGPT_METRICS_PORT', value: String(httpPort.containerPort) }]
                  : []),
                ...userEnv(spec.pod),
              ],
              ...(settings.inCluster ? { ports: [httpPort] } : {}),
              resources: containerResources({ ...spec.resources, ...memory }),
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

/** Evictions and signals cost no retry; what would fail the same way again fails at once. */
const failureRules: readonly PodFailureRule[] = [
  { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
  { action: 'Ignore', onExitCodes: { operator: 'In', values: stoppedBySignal } },
  {
    action: 'FailJob',
    onExitCodes: {
      operator: 'In',
      values: Object.entries(exitCodes).flatMap(([code, { retryable }]) => (retryable ? [] : [Number(code)])),
    },
  },
];

/** A server elsewhere that is asked; a ChatModel of the namespace may be spoken to anyway. */
function endpointOf({ endpoint }: DistillJobSpec['teacher']) {
  return endpoint ? [{ uri: endpoint.url, secretRef: endpoint.secretRef }] : [];
}

/** Where the models lie that a task reads; a model that is asked over the network lies nowhere. */
function modelFiles(task: Task): ModelFiles[] {
  const models = task.kind === 'FineTuneJob' ? [task.base] : [task.teacher, task.student];
  return models.filter((model) => model !== null && 'uri' in model);
}

function childMetadata(job: TrainingJob, name: string) {
  const labels = childLabels(jobLabels[job.kind], job.metadata.name);
  return { namespace: job.metadata.namespace, name, labels, ownerReferences: [ownedBy(job)] };
}

function claim(
  metadata: PersistentVolumeClaim['metadata'],
  storage: string,
  { createClaims }: Settings,
): PersistentVolumeClaim {
  const storageClassName = createClaims?.storageClassName;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata,
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage } },
      ...(storageClassName === undefined ? {} : { storageClassName }),
    },
  };
}
