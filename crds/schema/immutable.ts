import type { Rule } from './scalars.ts';

/** One rule for each named field of a spec: it cannot be changed, added or removed once the object exists. */
export function keepsFields(names: readonly string[]): readonly Rule[] {
  return names.map((name) => ({
    rule: `has(self.${name}) == has(oldSelf.${name}) && (!has(self.${name}) || self.${name} == oldSelf.${name})`,
    message: `${name} cannot change once the job exists: make a job with another name`,
    fieldPath: `.${name}`,
  }));
}

/** The fields of a job that may change while it exists. */
export const changeable: readonly string[] = ['suspend', 'ttlSecondsAfterFinished', 'activeDeadlineSeconds'];

/** A deadline that people rely on never comes sooner than promised; none at all is the latest. */
export const deadlineOnlyRises: Rule = {
  rule: '!has(self.activeDeadlineSeconds) || (has(oldSelf.activeDeadlineSeconds) && self.activeDeadlineSeconds >= oldSelf.activeDeadlineSeconds)',
  message: 'activeDeadlineSeconds can only be raised or removed once the job exists',
  fieldPath: '.activeDeadlineSeconds',
};
