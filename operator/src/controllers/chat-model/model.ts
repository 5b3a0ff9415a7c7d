import { createHash } from 'node:crypto';
import { presets } from '@wikigpt/schema/presets.ts';
import type { ServeTask } from '@wikigpt/schema/task.ts';
import type { ChatModel, TrainingJob } from '../../cluster/kinds.ts';
import { conditionOf } from '../condition.ts';
import type { Blocked } from '../controller.ts';
import type { ChatSeen } from './observe.ts';

/** The model to serve, or why there is none yet. */
export type Wanted =
  | { readonly model: ServeTask['model']; readonly digest: string; readonly blocked?: undefined }
  | { readonly blocked: Blocked };

/** Finds the model that a ChatModel names. */
export function wantedModel(chat: ChatModel, { source }: ChatSeen): Wanted {
  const { model } = chat.spec;
  const name = chat.metadata.name;
  if (model.fromJob) return fromJob(chat, model.fromJob, source);
  const uri = model.uri ?? (model.preset ? presets[model.preset].uri : '');
  const { revision, digest, secretRef } = model;
  const address = revision === undefined ? uri : `${uri}@${revision}`;
  return { model: { uri, revision, name, digest, secretRef }, digest: digest ?? sha256(address) };
}

function fromJob(
  chat: ChatModel,
  reference: NonNullable<ChatModel['spec']['model']['fromJob']>,
  job: TrainingJob | undefined,
): Wanted {
  const name = `${reference.kind} ${reference.name}`;
  const waiting = (message: string): Wanted => ({ blocked: { status: 'Unknown', reason: 'WaitingForModel', message } });
  const refused = (reason: string, message: string): Wanted => ({ blocked: { status: 'False', reason, message } });
  if (!job) return waiting(`${name} does not exist yet`);
  const state = conditionOf(job, 'Succeeded');
  const { evaluation, artifact } = job.status ?? {};
  if (state?.status === 'False' && (state.reason !== 'GateFailed' || !artifact))
    return refused(
      state.reason === 'GateFailed' ? 'GateNotPassed' : 'JobFailed',
      `${name} ended with ${state.reason}: ${state.message}`,
    );
  if (!state || state.status === 'Unknown' || !artifact) return waiting(`waits for ${name}`);
  // A job that is Complete although its gate did not pass was approved by hand.
  const passed = evaluation?.gate === 'Passed' || (state.status === 'True' && job.spec.evaluation.gate !== undefined);
  if (chat.spec.requireGate && !passed)
    return refused('GateNotPassed', `${name} ${gateSentence(job)}: improve it, or set requireGate: false`);
  const pinned = chat.spec.model.digest;
  if (pinned !== undefined && pinned !== artifact.digest)
    return refused('DigestMismatch', `${name} made ${artifact.digest}, spec.model.digest asks for ${pinned}`);
  return {
    digest: artifact.digest,
    model: {
      uri: artifact.uri,
      digest: artifact.digest,
      // What the job was written with, it can be read with.
      secretRef: chat.spec.model.secretRef ?? job.spec.output.secretRef,
      name: chat.metadata.name,
      task: job.spec.task,
    },
  };
}

function gateSentence({ spec, status }: TrainingJob): string {
  if (!spec.evaluation.gate) return 'has no gate (spec.evaluation.gate)';
  const why = status?.evaluation?.reasons?.join('; ');
  return `did not pass its gate${why === undefined ? '' : ` (${why})`}`;
}

function sha256(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
