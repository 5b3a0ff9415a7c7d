import { TrainerError } from '../../errors.ts';
import type { GgufHeader, GgufValue } from './gguf-header.ts';

/** Reads metadata by name; each of them fails with ModelIncompatible when something else than expected is there. */
export interface GgufMetadata {
  number(key: string): number;
  number(key: string, fallback: number | undefined): number | undefined;
  text(key: string): string;
  optionalText(key: string): string | null;
  texts(key: string): readonly string[];
  /** Keys that begin with `prefix`, without it. */
  keysBelow(prefix: string): readonly string[];
}

export function ggufMetadata({ metadata }: GgufHeader, path: string): GgufMetadata {
  const wrong = (key: string, expected: string): TrainerError =>
    new TrainerError(
      'ModelIncompatible',
      `${path}: ${key} is ${shown(metadata.get(key))}, expected ${expected}; convert the model anew.`,
    );
  function number(key: string): number;
  function number(key: string, fallback: number | undefined): number | undefined;
  function number(key: string, ...fallback: [(number | undefined)?]): number | undefined {
    const found = metadata.get(key);
    if (found === undefined && fallback.length > 0) return fallback[0];
    if (typeof found === 'number' && Number.isFinite(found)) return found;
    throw wrong(key, 'a number');
  }
  const optionalText = (key: string): string | null => {
    const found = metadata.get(key) ?? null;
    if (found === null || typeof found === 'string') return found;
    throw wrong(key, 'a text');
  };
  return {
    number,
    optionalText,
    text(key) {
      const found = optionalText(key);
      if (found === null) throw wrong(key, 'a text');
      return found;
    },
    texts(key) {
      const found = metadata.get(key);
      if (Array.isArray(found) && found.every((each) => typeof each === 'string')) return found;
      throw wrong(key, 'a list of texts');
    },
    keysBelow: (prefix) =>
      [...metadata.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length)),
  };
}

function shown(value: GgufValue | undefined): string {
  if (value === undefined) return 'not there';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
