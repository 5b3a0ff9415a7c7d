import { z } from 'zod';
import { dnsLabel, dnsName, text, timestamp, type Rule } from './scalars.ts';

/** The part of an object's metadata that the operator reads; the API server owns the rest. */
export const objectMeta = z.looseObject({
  name: dnsName.describe('The name, unique in its namespace.'),
  namespace: dnsLabel.optional(),
  uid: text(256).optional(),
  generation: z.int().optional(),
  resourceVersion: text(256).optional(),
  creationTimestamp: timestamp.optional(),
  deletionTimestamp: timestamp.optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  finalizers: z.array(z.string()).optional(),
  ownerReferences: z
    .array(
      z.looseObject({
        apiVersion: z.string(),
        kind: z.string(),
        name: z.string(),
        uid: z.string(),
        controller: z.boolean().optional(),
        blockOwnerDeletion: z.boolean().optional(),
      }),
    )
    .optional(),
});
export type ObjectMeta = z.infer<typeof objectMeta>;

/** Children are named after their owner with a suffix, and a name in Kubernetes ends at 63 characters. */
export const shortName: Rule = {
  rule: 'size(self.metadata.name) <= 52',
  message: 'must be at most 52 characters long, since the objects made from it add a suffix',
  fieldPath: '.metadata.name',
};

/** The Service of a ChatModel has its name, and names of Services are stricter than others. */
export const serviceName: Rule = {
  rule: "self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
  message:
    'must be letters, digits and hyphens that begin with a letter, since the Service that is made from it has the same name',
  fieldPath: '.metadata.name',
};

const condition = z
  .object({
    type: text(256).min(1).describe('What it speaks of.'),
    status: z.enum(['True', 'False', 'Unknown']).describe('Unknown while it is not decided.'),
    reason: z
      .string()
      .max(128)
      .regex(/^[A-Z][A-Za-z0-9]*$/)
      .describe('One CamelCase word; the event and the metric carry the same word.'),
    message: text(4096).describe('A sentence for people.'),
    observedGeneration: z.int().min(0).optional().describe('The generation of spec that it speaks of.'),
    lastTransitionTime: timestamp.describe('When its status last changed.'),
  })
  .describe('One aspect of the state of the object.');
export type Condition = z.infer<typeof condition>;

/** Conditions are a map by type, so that several writers can each own theirs. */
export const conditions = z
  .array(condition)
  .max(16)
  .meta({
    description: 'What is true of the object now; the reason of the top-level condition is the STATE column.',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
  });

export const observedGeneration = z.int().min(0).describe('The generation of spec that this status speaks of.');
