import { expect, test } from 'vitest';
import type { GateVerdict } from '@wikigpt/schema/catalog.ts';
import type { ChatModelManifest } from '@wikigpt/schema/chat-model.ts';
import type { FineTuneJobManifest } from '@wikigpt/schema/fine-tune-job.ts';
import type { ChatModel } from '../../cluster/kinds.ts';
import type { ContainerStatus } from '../../cluster/objects.ts';
import { chatModelLabel, revisionLabel } from '../../objects/names.ts';
import { chatModel, fineTuneJob, settings } from '../manifests.suite.ts';
import { Story } from '../story.suite.ts';
import { chatModelController } from './index.ts';

const controller = chatModelController(settings);
const digestOf = (start: string) => `sha256:${start.padEnd(64, '0')}`;

class ChatStory extends Story<'ChatModel', ReturnType<typeof controller.observe>> {
  constructor(title: string, spec: Partial<ChatModelManifest['spec']> = {}) {
    super(title, controller, chatModel('country', spec));
  }

  job(name: string, reason: string, digest?: string, gate: GateVerdict = 'Passed'): void {
    const status =
      reason === 'Complete' ? 'True' : ['GateFailed', 'DataInvalid'].includes(reason) ? 'False' : 'Unknown';
    const message = reason === 'DataInvalid' ? '14 of 120 records have no answer' : '';
    const withGate: Partial<FineTuneJobManifest['spec']> = {
      evaluation: { metrics: ['F1'], gate: { require: [{ metric: 'F1', min: '0.6' }] } },
    };
    this.put({
      ...fineTuneJob(name, gate === 'NotRequired' ? {} : withGate),
      status: {
        conditions: [{ type: 'Succeeded', status, reason, message, lastTransitionTime: '' }],
        ...(digest === undefined
          ? {}
          : {
              evaluation: {
                scores: [],
                rows: [],
                gate,
                summary: 'F1 0.51',
                reasons: gate === 'Failed' || gate === 'Held' ? ['F1 0.51 is below 0.6'] : [],
              },
              artifact: {
                uri: `pvc://models/default/${name}/1`,
                digest: digestOf(digest),
                formats: ['Merged'],
                verified: true,
              },
            }),
      },
    });
  }

  ready(revision: string, pods = 1): void {
    const deployment = this.get('Deployment', revision);
    const observedGeneration = deployment?.metadata.generation;
    this.setStatus('Deployment', revision, {
      observedGeneration,
      replicas: pods,
      updatedReplicas: pods,
      readyReplicas: pods,
    });
  }

  crashes(revision: string, exitCode: number, message: string, restartCount = 1): void {
    const reason = exitCode === 137 ? 'OOMKilled' : 'Error';
    const terminated = { exitCode, message, reason, startedAt: '', finishedAt: '' };
    const container: ContainerStatus = {
      name: 'server',
      ready: false,
      restartCount,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated },
    };
    this.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        namespace: 'default',
        name: `${revision}-pod`,
        labels: { [chatModelLabel]: 'country', [revisionLabel]: revision },
      },
      spec: { containers: [] },
      status: { phase: 'Running', containerStatuses: [container] },
    });
  }

  edit(spec: Partial<ChatModel['spec']>): void {
    const chat = this.get('ChatModel', 'country');
    if (chat) this.put({ ...chat, spec: { ...chat.spec, ...spec } });
  }

  serving(): this {
    return this.after(0, 'the job country-qa is Complete', () => this.job('country-qa', 'Complete', '7f3a'))
      .after(3, 'its server answers', () => this.ready('country-7f3a0000'))
      .after(1, 'nothing happens');
  }
}

const toJob = (name: string) => ({ model: { fromJob: { kind: 'FineTuneJob' as const, name } } });

const stories: Readonly<Record<string, () => ChatStory>> = {
  'first-model': () =>
    new ChatStory('A ChatModel waits for its job and serves its model')
      .after(0, 'the ChatModel is made')
      .after(1, 'its job is made', () => undefined)
      .serving(),
  'new-model': () => {
    const story = new ChatStory('A new model takes over when it answers, and going back is quick').serving();
    return story
      .after(60, 'the spec names country-q2, which trains', () => {
        story.job('country-q2', 'Training');
        story.edit(toJob('country-q2'));
      })
      .after(60, 'country-q2 is Complete', () => story.job('country-q2', 'Complete', '9a1b'))
      .after(2, 'its server answers', () => story.ready('country-9a1b0000'))
      .after(30, 'requests have left the old pods')
      .after(1, 'the old pods are gone', () => story.ready('country-7f3a0000', 0))
      .after(60, 'the spec names country-qa again', () => story.edit(toJob('country-qa')))
      .after(2, 'its server answers', () => story.ready('country-7f3a0000'));
  },
  'failing-revision': () => {
    const story = new ChatStory('A failing revision leaves the old one serving').serving();
    return story
      .after(60, 'the spec names country-q2, which is Complete', () => {
        story.job('country-q2', 'Complete', '9a1b');
        story.edit(toJob('country-q2'));
      })
      .after(2, 'its server crashes', () => story.crashes('country-9a1b0000', 70, 'TrainerFailed: a hiccup.'))
      .after(2, 'it cannot serve this model', () =>
        story.crashes('country-9a1b0000', 67, 'ModelIncompatible: the model has no output head.', 2),
      );
  },
  'first-revision-fails': () => {
    const story = new ChatStory('A first revision that fails says why');
    return story
      .after(0, 'the job country-qa is Complete', () => story.job('country-qa', 'Complete', '7f3a'))
      .after(2, 'its server runs out of memory', () => story.crashes('country-7f3a0000', 137, '', 2));
  },
  gate: () => {
    const story = new ChatStory('A model that did not pass its gate is refused, and served when that is asked for');
    return story
      .after(0, 'the job country-qa ends', () => story.job('country-qa', 'GateFailed', '7f3a', 'Failed'))
      .after(9, 'requireGate: false', () => story.edit({ requireGate: false }))
      .after(9, 'requireGate: true, for a job without a gate', () => {
        story.job('wiki-gpt', 'Complete', '1111', 'NotRequired');
        story.edit({ requireGate: true, ...toJob('wiki-gpt') });
      })
      .after(9, 'for a job whose gate is held', () => {
        story.job('country-q2', 'GateHeld', '2222', 'Held');
        story.edit(toJob('country-q2'));
      })
      .after(9, 'a person approves it', () => story.job('country-q2', 'Complete', '2222', 'Held'));
  },
  'job-failed': () => {
    const story = new ChatStory('A ChatModel of a failed job says so, and wakes when the job is made again');
    return story
      .after(0, 'the job country-qa fails', () => story.job('country-qa', 'DataInvalid'))
      .after(60, 'it is made again', () => story.job('country-qa', 'Training'));
  },
  scale: () => {
    const story = new ChatStory('A ChatModel is scaled to nothing and back').serving();
    return story
      .after(5, 'replicas: 0', () => {
        story.edit({ replicas: 0 });
      })
      .after(1, 'its pods are gone', () => story.ready('country-7f3a0000', 0))
      .after(5, 'replicas: 2', () => story.edit({ replicas: 2 }))
      .after(3, 'both answer', () => story.ready('country-7f3a0000', 2));
  },
  'scaled-while-waiting': () => {
    const story = new ChatStory('The live revision is scaled although the next one is refused').serving();
    return story
      .after(5, 'the spec names country-q2, which fails its gate', () => {
        story.job('country-q2', 'GateFailed', '9a1b', 'Failed');
        story.edit(toJob('country-q2'));
      })
      .after(5, 'replicas: 3', () => story.edit({ replicas: 3 }))
      .after(3, 'all answer', () => story.ready('country-7f3a0000', 3));
  },
  'late-revision': () => {
    const story = new ChatStory('A revision that never answers is given up, and the old one serves').serving();
    return story
      .after(5, 'the spec names country-q2, which is Complete', () => {
        story.job('country-q2', 'Complete', '9a1b');
        story.edit(toJob('country-q2'));
      })
      .after(600, 'its pods have not answered within the deadline of the Deployment', () =>
        story.setStatus('Deployment', 'country-9a1b0000', {
          observedGeneration: 1,
          replicas: 1,
          conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
        }),
      );
  },
  autoscaling: () => {
    const story = new ChatStory('Replicas follow the load, and nobody sets them back', {
      autoscaling: { minReplicas: 2, maxReplicas: 4 },
    });
    return story
      .after(0, 'the job country-qa is Complete', () => story.job('country-qa', 'Complete', '7f3a'))
      .after(3, 'both pods answer', () => story.ready('country-7f3a0000', 2))
      .after(60, 'the autoscaler asks for 4', () => {
        const deployment = story.get('Deployment', 'country-7f3a0000');
        if (deployment) story.put({ ...deployment, spec: { ...deployment.spec, replicas: 4 } });
      })
      .after(3, 'all four answer', () => story.ready('country-7f3a0000', 4))
      .after(60, 'replicas: 1 instead', () => {
        const { autoscaling: _, ...spec } = story.get('ChatModel', 'country')?.spec ?? {};
        const chat = story.get('ChatModel', 'country');
        if (chat) story.put({ ...chat, spec: { ...spec, replicas: 1 } as ChatModel['spec'] });
      });
  },
  exposed: () => {
    const story = new ChatStory('A service is exposed, another way, and no more', {
      expose: { ingress: { host: 'chat.example.org', tlsSecretName: 'chat-tls' } },
    }).serving();
    return story
      .after(5, 'by a gateway', () =>
        story.edit({
          expose: {
            httpRoute: { hostnames: ['chat.example.org'], parentRefs: [{ name: 'public' }], scheme: 'http' },
          },
        }),
      )
      .after(5, 'not at all', () => {
        const chat = story.get('ChatModel', 'country');
        const { expose: _, ...spec } = chat?.spec ?? {};
        if (chat) story.put({ ...chat, spec: spec as ChatModel['spec'] });
      });
  },
  compared: () => {
    const story = new ChatStory('A page compares with another ChatModel, and is told of it when its Service is there', {
      ui: { compareWith: 'teacher' },
    }).serving();
    return story
      .after(5, 'the Service of the other one is made', () => {
        const metadata = { namespace: 'default', name: 'teacher' };
        const spec = { selector: { [revisionLabel]: 'teacher-1' }, ports: [] };
        story.put({ apiVersion: 'v1', kind: 'Service', metadata, spec });
      })
      .after(3, 'its server has read of it and answers', () => story.ready('country-7f3a0000'));
  },
  'not-built': () =>
    new ChatStory('What is not built yet is refused, not ignored', {
      adapters: [{ name: 'legal', uri: 'pvc://models/legal' }],
    }).after(0, 'it is made'),
};

test.for(Object.keys(stories))('%s', async (file) => {
  await expect(stories[file]?.().text).toMatchFileSnapshot(`stories/${file}.txt`);
});
