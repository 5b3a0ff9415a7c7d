import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { OperatorError } from '../../errors.ts';
import { kindNames, kinds, type AnyObject, type ObjectKey } from '../kinds.ts';
import type { FieldOwner } from './field-ownership.ts';

/** An object and who owns which of its fields. */
export interface StoredObject {
  readonly object: AnyObject;
  readonly owners: readonly FieldOwner[];
}

/** Objects as files `<plural>/<namespace>/<name>.json`; a file is replaced whole or not at all. */
export function writeObjectFile(folder: string, { object, owners }: StoredObject): void {
  const file = objectFile(folder, { ...object.metadata, kind: object.kind });
  const draft = `${file}.${process.pid}.tmp`;
  mkdirSync(path.dirname(file), { recursive: true });
  try {
    const metadata = { ...object.metadata, managedFields: owners };
    writeFileSync(draft, `${JSON.stringify({ ...object, metadata }, undefined, 2)}\n`);
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    // A write that fails does not say where by itself.
    throw Object.assign(error as NodeJS.ErrnoException, { path: (error as NodeJS.ErrnoException).path ?? folder });
  }
}

/** Removes an object's file; absent is fine. */
export function removeObjectFile(folder: string, key: ObjectKey): void {
  rmSync(objectFile(folder, key), { force: true });
}

/** Every object under `folder`; a file that is not an object of its place throws StoreCorrupt. */
export function readObjectFiles(folder: string): StoredObject[] {
  return kindNames.flatMap((kind) => {
    const kindFolder = path.join(folder, kinds[kind].plural);
    return entries(kindFolder).flatMap((namespace) =>
      entries(path.join(kindFolder, namespace))
        .filter((file) => file.endsWith('.json'))
        .flatMap((file) => readObjectFile(path.join(kindFolder, namespace, file), kind)),
    );
  });
}

function objectFile(folder: string, { kind, namespace, name }: ObjectKey): string {
  return path.join(folder, kinds[kind].plural, namespace, `${name}.json`);
}

/** Nothing when the file vanished since its folder was listed: another process may be deleting it. */
function readObjectFile(file: string, kind: string): StoredObject[] {
  const text = unlessAbsent(() => readFileSync(file, 'utf8'));
  if (text === undefined) return [];
  try {
    const { metadata, ...rest } = JSON.parse(text) as AnyObject;
    const { managedFields, ...meta } = metadata as AnyObject['metadata'] & { managedFields?: readonly FieldOwner[] };
    if (rest.kind !== kind) throw new Error(`its kind is ${rest.kind}, expected ${kind}`);
    return [{ object: { ...rest, metadata: meta }, owners: managedFields ?? [] }];
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError(
      'StoreCorrupt',
      `${file} does not hold a ${kind} (${found}). Delete that file to forget the object, then run again.`,
      { cause },
    );
  }
}

function entries(folder: string): string[] {
  return unlessAbsent(() => readdirSync(folder)) ?? [];
}

function unlessAbsent<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
