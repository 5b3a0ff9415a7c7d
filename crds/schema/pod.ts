import { z } from 'zod';
import { block, dnsName, exactlyOne, identifier, integer, quantity, text } from './scalars.ts';

const quantities = (description: string) => z.record(z.string(), quantity).meta({ maxProperties: 8, description });

const accelerator = block('The device that the pod asks for.', {
  type: text(253).min(1).default('None').describe('Resource name such as nvidia.com/gpu, or None for the CPU.'),
  count: integer(1, 64).default(1).describe('How many of it; of no meaning for None.'),
});

export const resources = block(
  'What the pod asks of a node.',
  {
    mode: z
      .enum(['Auto', 'Manual'])
      .default('Auto')
      .describe(
        'Auto: a job asks for what its memory estimate says, a ChatModel for nothing. Manual: for requests and limits.',
      ),
    requests: quantities('Requests such as {cpu: 2, memory: 3Gi} (Manual).').optional(),
    limits: quantities('Limits such as {memory: 4Gi} (Manual).').optional(),
    accelerator: accelerator.prefault({}),
  },
  [
    {
      rule: "self.mode == 'Manual' ? has(self.requests) : !has(self.requests) && !has(self.limits)",
      message: 'mode: Auto estimates them itself: remove requests and limits; or write mode: Manual with requests',
    },
  ],
);
export type Resources = z.infer<typeof resources>;

const toleration = block('A taint that the pod may stand on, as in a pod spec.', {
  key: text(253).optional().describe('Key of the taint; every key when absent, with operator Exists.'),
  operator: z.enum(['Exists', 'Equal']).default('Equal').describe('Whether the value of the taint matters.'),
  value: text(253).optional().describe('Value of the taint.'),
  effect: z
    .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
    .optional()
    .describe('Effect of the taint; every effect when absent.'),
  tolerationSeconds: integer(0, 31_536_000).optional().describe('How long a NoExecute taint is stood.'),
});

const environmentVariable = block(
  'A variable of the container: exactly one of value and valueFrom.',
  {
    name: identifier.describe('Name of the variable.'),
    value: text(4096).optional().describe('Its value.'),
    valueFrom: block('A value kept elsewhere.', {
      secretKeyRef: block('A key of a Secret.', {
        name: dnsName.describe('Name of the Secret.'),
        key: text(253).min(1).describe('Key in the Secret.'),
      }),
    }).optional(),
  },
  [exactlyOne(['value', 'valueFrom'], 'write exactly one of value and valueFrom')],
);

export const pod = block('Where and as whom the pod runs.', {
  nodeSelector: z
    .record(z.string(), text(63))
    .default({})
    .meta({ maxProperties: 32, description: 'Labels a node must have.' }),
  tolerations: z.array(toleration).max(32).default([]).describe('Taints that the pod may stand on.'),
  priorityClassName: text(253).default('').describe('PriorityClass of the pod.'),
  serviceAccountName: text(253).default('').describe('ServiceAccount of the pod; one without rights when empty.'),
  env: z.array(environmentVariable).max(64).default([]).describe('Further environment variables.'),
});
export type Pod = z.infer<typeof pod>;
