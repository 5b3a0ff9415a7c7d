import type { KindName } from './kinds.ts';

export interface RuleCase {
  readonly name: string;
  readonly kind: KindName;
  /** Values by path, such as `spec.base`; undefined removes the field. */
  readonly change: Readonly<Record<string, unknown>>;
  /** Changes after the object exists; the case then is about the update. */
  readonly update?: Readonly<Record<string, unknown>>;
  /** The whole sentence; absent when the manifest is accepted. */
  readonly refused?: string;
}

const of =
  (kind: KindName) =>
  (name: string, change: RuleCase['change'], refused?: string): RuleCase => ({
    name,
    kind,
    change,
    ...(refused !== undefined && { refused }),
  });
export const job = of('FineTuneJob');
export const distill = of('DistillJob');
export const chat = of('ChatModel');
export const updated = (
  name: string,
  before: RuleCase['change'],
  update: RuleCase['change'],
  refused?: string,
): RuleCase => ({
  ...job(name, before, refused),
  update,
});
