import { bytesOfQuantity } from '@wikigpt/schema/bytes-of-quantity.ts';
import { TrainerError } from '../errors.ts';

/** Bytes that one address may bring to this machine: WIKIGPT_COPY_LIMIT, a quantity such as 200Gi; 64Gi when absent. */
export function copyLimit(environment: Readonly<Record<string, string | undefined>>): number {
  const text = environment['WIKIGPT_COPY_LIMIT']?.trim() || '64Gi';
  const bytes = bytesOfQuantity(text);
  if (bytes === undefined)
    throw new TrainerError('InvalidSpec', `WIKIGPT_COPY_LIMIT is "${text}"; write bytes or a quantity such as 200Gi.`);
  return bytes;
}
