import { z } from 'zod';
import type { Rule } from './scalars.ts';

/** A node of the OpenAPI schema that zod writes; `expected` and `shortType` are our own notes and never reach the CRD. */
export interface SchemaNode {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  description?: string;
  /** Completes "expected …" in a problem. */
  expected?: string;
  /** The type as the reference page names it. */
  shortType?: string;
  properties?: Record<string, SchemaNode>;
  additionalProperties?: SchemaNode;
  required?: string[];
  items?: SchemaNode;
  enum?: unknown[];
  default?: unknown;
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  minLength?: number;
  maxItems?: number;
  minItems?: number;
  maxProperties?: number;
  anyOf?: SchemaNode[];
  'x-kubernetes-validations'?: Rule[];
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-list-map-keys'?: string[];
}

/** The schema of what a user writes, as zod states it: defaults filled in later, so that nothing with one is required. */
export function jsonSchema(schema: z.ZodType): SchemaNode {
  return z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input' }) as SchemaNode;
}
