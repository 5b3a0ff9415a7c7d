import { kinds, type AnyObject, type Kind, type KindMap } from '../kinds.ts';

/** Makes of an object less than it is. */
export type Trim = <T extends AnyObject>(object: T) => T;

export interface Reading {
  /** Kinds of which only the metadata is asked for: what they hold never leaves the server. */
  readonly metadataOnly?: ReadonlySet<Kind>;
  /** Drops what nobody here will ask for, from everything that is read and from what a write answers. */
  readonly trim?: Trim;
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

interface Raw {
  apiVersion?: string;
  kind?: string;
  metadata?: { managedFields?: unknown; annotations?: Record<string, string> };
}

/** Makes of what a server answers the objects that are kept and seen. */
export class ObjectReader {
  readonly #reading: Reading;

  constructor(reading: Reading = {}) {
    this.#reading = reading;
  }

  /** How objects of the kind are asked for; undefined for whole ones. */
  accept(kind: Kind, list = false): string | undefined {
    if (!this.#reading.metadataOnly?.has(kind)) return undefined;
    return `application/json;as=PartialObjectMetadata${list ? 'List' : ''};g=meta.k8s.io;v=v1`;
  }

  /** Items of a list do not say their kind, bare metadata says another, and nobody asks which writer owns which field. */
  read<K extends Kind>(kind: K, raw: object): KindMap[K] {
    const object = raw as Raw;
    object.apiVersion = kinds[kind].apiVersion;
    object.kind = kind;
    if (object.metadata) {
      delete object.metadata.managedFields;
      delete object.metadata.annotations?.[lastApplied];
    }
    const whole = object as unknown as KindMap[K];
    return this.#reading.trim?.(whole) ?? whole;
  }
}
