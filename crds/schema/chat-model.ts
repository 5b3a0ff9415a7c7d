import { z } from 'zod';
import { fromJob, modelNames, modelPins, modelRules } from './base.ts';
import { apiVersion, modelSchemes, quantizations, revisionStates, rolloutStrategies, runtimes } from './catalog.ts';
import { conditions, objectMeta, observedGeneration, serviceName, shortName } from './metadata.ts';
import { pod, resources } from './pod.ts';
import {
  block,
  decimal,
  digest,
  dnsLabel,
  dnsName,
  exactlyOne,
  integer,
  percent,
  seconds,
  text,
  uri,
  withRules,
} from './scalars.ts';

const modelFields = {
  ...modelNames,
  ...modelPins,
  digest: digest.optional().describe('Digest the model must have.'),
};

const servedModel = block('The model to serve: exactly one of uri, preset and fromJob.', modelFields, [
  exactlyOne(['uri', 'preset', 'fromJob'], 'write exactly one of uri, preset and fromJob'),
  ...modelRules,
]);

const servedAdapter = block(
  'An adapter on the same base, served under a name of its own.',
  {
    name: dnsLabel.describe('The model name in requests.'),
    uri: uri(modelSchemes).optional().describe('Address of a PEFT folder.'),
    fromJob: fromJob.optional(),
    digest: digest.optional().describe('Digest the adapter must have.'),
  },
  [exactlyOne(['uri', 'fromJob'], 'write exactly one of uri and fromJob')],
);

const autoscaling = block(
  'Replicas follow the number of requests under way.',
  {
    minReplicas: integer(0, 100).default(1).describe('Fewest replicas; 0 lets the service sleep.'),
    maxReplicas: integer(1, 100).default(4).describe('Most replicas.'),
    targetActiveRequests: integer(1, 10_000).default(8).describe('Requests under way that one replica should have.'),
    scaleDownDelaySeconds: seconds(86_400).default(300).describe('Quiet time before a replica is removed.'),
    holdRequestSeconds: seconds(3600).default(120).describe('Longest time that a request waits for the first replica.'),
  },
  [
    {
      rule: 'self.minReplicas <= self.maxReplicas',
      message: 'minReplicas must be at most maxReplicas',
      fieldPath: '.minReplicas',
    },
  ],
);

const rollout = block(
  'How a new revision takes over.',
  {
    strategy: z
      .enum(rolloutStrategies)
      .default('RollingUpdate')
      .describe('Canary sends a growing share of requests to it.'),
    steps: z
      .array(
        block('One step of a canary.', {
          weight: integer(1, 100).describe('Share of requests in percent.'),
          pauseSeconds: seconds(86_400).default(60).describe('Time before the next step.'),
        }),
      )
      .max(16)
      .default([])
      .describe('Steps of a canary.'),
    analysis: block('What the canary must hold while it grows.', {
      maxErrorRate: decimal({ min: 0, max: 1 }).default('0.01').describe('Highest share of failed requests.'),
      maxP95FirstTokenMs: integer(1, 3_600_000)
        .optional()
        .describe('Highest 95th percentile of the time to the first token.'),
      minRequests: integer(1, 1_000_000).default(50).describe('Requests before it is judged.'),
    }).optional(),
    onFailure: z.enum(['Rollback', 'Hold']).default('Rollback').describe('What happens when the analysis fails.'),
    historyLimit: integer(1, 20).default(5).describe('Old revisions kept for a rollback.'),
  },
  [
    {
      rule: "(self.strategy == 'Canary') == (size(self.steps) > 0)",
      message: 'strategy: Canary needs steps such as [{weight: 10}], and steps need strategy: Canary',
      fieldPath: '.steps',
    },
    {
      rule: "self.strategy == 'Canary' || !has(self.analysis)",
      message: 'analysis needs strategy: Canary',
      fieldPath: '.analysis',
    },
  ],
);

const annotations = z.record(z.string(), text(4096)).optional().meta({
  maxProperties: 32,
  description: 'Annotations of the Ingress, such as those that its controller reads.',
});

const expose = block(
  'The way in from outside the cluster: exactly one of ingress and httpRoute.',
  {
    ingress: block('An Ingress.', {
      host: dnsName.describe('Name by which the outside reaches the service.'),
      className: dnsName.optional().describe('IngressClass; the default one of the cluster when absent.'),
      tlsSecretName: dnsName.optional().describe('Secret with the certificate of the host; plain HTTP when absent.'),
      annotations,
    }).optional(),
    httpRoute: block('An HTTPRoute of the Gateway API.', {
      hostnames: z.array(dnsName).min(1).max(16).describe('Names by which the outside reaches the service.'),
      parentRefs: z
        .array(
          block('A Gateway.', {
            name: dnsName.describe('Name of the Gateway.'),
            namespace: dnsLabel.optional().describe('Its namespace; that of the ChatModel when absent.'),
            sectionName: dnsName.optional().describe('One of its listeners; all of them when absent.'),
          }),
        )
        .min(1)
        .max(8)
        .describe('Gateways that carry it.'),
      scheme: z.enum(['http', 'https']).default('https').describe('What the listener speaks, for status.url.'),
    }).optional(),
  },
  [exactlyOne(['ingress', 'httpRoute'], 'write exactly one of ingress and httpRoute')],
);

const chatDefaults = block('What a request gets when it names nothing else.', {
  temperature: decimal({ min: 0, max: 5 }).default('0.7').describe('0 always takes the likeliest token.'),
  topP: decimal({ above: 0, max: 1 }).default('1').describe('Share of probability that sampling looks at.'),
  topK: integer(0, 1_000_000).default(0).describe('Number of tokens that sampling looks at; all when 0.'),
  repetitionPenalty: decimal({ above: 0, max: 10 }).default('1').describe('Above 1 makes repetition less likely.'),
  maxTokens: integer(1, 131_072).default(256).describe('Longest answer in tokens.'),
});

const chat = block('How a conversation is held.', {
  system: text(8192).default('').describe('System message; the one the model was tuned with when empty.'),
  maxContextTokens: integer(16, 131_072)
    .optional()
    .describe('Longest conversation in tokens; the context of the model when absent.'),
  defaults: chatDefaults.prefault({}),
});

const ui = block(
  'The chat page.',
  {
    enabled: z.boolean().default(true).describe('Whether the service shows the page at /.'),
    ratings: z.boolean().default(false).describe('Whether the page asks people to rate answers.'),
    compareWith: dnsName
      .optional()
      .describe('Another ChatModel of the namespace, whose answers and speed the page shows beside its own.'),
  },
  [
    {
      rule: 'self.enabled || !has(self.compareWith)',
      message: 'compareWith needs the page: set enabled: true, or remove it',
      fieldPath: '.compareWith',
    },
  ],
);

export const chatModelSpec = block(
  'Which model is served, and how.',
  {
    model: servedModel,
    adapters: z
      .array(servedAdapter)
      .max(64)
      .default([])
      .meta({
        description: 'Tuned models on the same base.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      }),
    runtime: z
      .enum(runtimes)
      .default('Builtin')
      .describe('Builtin is this project; VLLM is for large models on a GPU.'),
    quantization: z.enum(quantizations).default('None').describe('Number format of the weights while serving.'),
    replicas: integer(0, 100).optional().describe('Number of pods; 1 when autoscaling is absent too.'),
    autoscaling: autoscaling.optional(),
    requireGate: z.boolean().default(true).describe('Whether a job whose gate did not pass is refused.'),
    rollout: rollout.prefault({}),
    chat: chat.prefault({}),
    auth: block('Who may ask.', {
      keysSecretRef: block('A Secret with hashed API keys and their limits.', {
        name: dnsName.describe('Name of the Secret.'),
      }),
    }).optional(),
    ui: ui.prefault({}),
    expose: expose.optional(),
    resources: resources.prefault({}),
    pod: pod.prefault({}),
  },
  [
    {
      rule: '!has(self.replicas) || !has(self.autoscaling)',
      message: 'write replicas or autoscaling, not both',
    },
  ],
);

const count = integer(0, 1000);

const revision = block('One version of the service.', {
  name: dnsName.describe('Name of the revision.'),
  digest: digest.optional().describe('Digest of its model.'),
  weight: percent.describe('Share of requests in percent.'),
  readyReplicas: count.describe('Pods that answer.'),
  state: z.enum(revisionStates).describe('Whether it is coming, live or gone.'),
});

export const chatModelStatus = block('What is known of the service.', {
  observedGeneration: observedGeneration.optional(),
  url: text(1024).optional().describe('Address of the service and its page.'),
  model: text(256).optional().describe('The model as kubectl shows it.'),
  digest: digest.optional().describe('Digest of the live model.'),
  replicas: count.optional().describe('Pods.'),
  readyReplicas: count.optional().describe('Pods that answer.'),
  ready: text(32).optional().describe('readyReplicas and replicas as kubectl shows them.'),
  live: text(16).optional().describe('Share of requests on the live revision as kubectl shows it.'),
  selector: text(512).optional().describe('Labels of the pods, for the scale subresource.'),
  revisions: z
    .array(revision)
    .max(32)
    .optional()
    .meta({
      description: 'Versions, newest first.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    }),
  conditions: conditions.optional(),
});

const comparesWithAnother = {
  rule: '!has(self.spec.ui.compareWith) || self.spec.ui.compareWith != self.metadata.name',
  message: 'ui.compareWith names this ChatModel itself: name another one',
  fieldPath: '.spec.ui.compareWith',
};

export const chatModel = z
  .object({
    apiVersion: z.literal(apiVersion),
    kind: z.literal('ChatModel'),
    metadata: objectMeta,
    spec: chatModelSpec,
    status: chatModelStatus.optional(),
  })
  .meta({
    description: 'Serves a model as an OpenAI-compatible service with a chat page.',
    ...withRules([shortName, serviceName, comparesWithAnother]),
  });

export type ChatModelSpec = z.infer<typeof chatModelSpec>;
export type ChatModelStatus = z.infer<typeof chatModelStatus>;
export type ChatModel = z.infer<typeof chatModel>;
export type ChatModelManifest = z.input<typeof chatModel>;
export type Revision = z.infer<typeof revision>;
export type ChatDefaults = z.infer<typeof chatDefaults>;
