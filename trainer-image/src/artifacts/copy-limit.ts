import { TrainerError } from '../errors.ts';

const units: Readonly<Record<string, number>> = { '': 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };
const usual = 64 * 2 ** 30;

/** Bytes that one address may bring to this machine: WIKIGPT_COPY_LIMIT, a quantity such as 200Gi; 64Gi when absent. */
export function copyLimit(environment: Readonly<Record<string, string | undefined>>): number {
  const text = environment['WIKIGPT_COPY_LIMIT']?.trim() ?? '';
  if (text === '') return usual;
  const [, number, unit = ''] = /^([0-9]+)([KMGT]i)?$/.exec(text) ?? [];
  if (number === undefined)
    throw new TrainerError('InvalidSpec', `WIKIGPT_COPY_LIMIT is "${text}"; write bytes or a quantity such as 200Gi.`);
  return Number(number) * (units[unit] ?? 1);
}
