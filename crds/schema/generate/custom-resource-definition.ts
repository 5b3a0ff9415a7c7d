import { jsonSchema, type SchemaNode } from '../json-schema.ts';
import { kinds, type Kind, type KindName } from '../kinds.ts';
import { structural } from './structural.ts';

const group = 'wikigpt.dev';

/** The CustomResourceDefinition of a kind, as a plain object. */
export function customResourceDefinition(name: KindName): Record<string, unknown> {
  const kind: Kind = kinds[name];
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: {
        kind: name,
        listKind: `${name}List`,
        plural: kind.plural,
        singular: kind.singular,
        shortNames: [kind.shortName],
        categories: ['ai', 'wikigpt'],
      },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          additionalPrinterColumns: kind.columns,
          subresources: { status: {}, ...(kind.scale && { scale: kind.scale }) },
          schema: { openAPIV3Schema: resourceSchema(jsonSchema(kind.schema)) },
        },
      ],
    },
  };
}

/** The API server owns apiVersion, kind and metadata; a CRD only names them. */
function resourceSchema(schema: SchemaNode): SchemaNode {
  const { spec, status } = schema.properties ?? {};
  if (!spec || !status) throw new Error('schema: found no spec or status, expected both in every kind.');
  return {
    ...structural({ ...schema, properties: { spec, status } }),
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      // Named here for the rule on it; the API server adds the rest of metadata.
      metadata: { type: 'object', properties: { name: { type: 'string' } } },
      spec: structural(spec),
      status: structural(status),
    },
    required: ['spec'],
  };
}
