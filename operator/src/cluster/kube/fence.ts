import { OperatorError } from '../../errors.ts';

/** The right to write, which may run out at any moment. */
export interface Fence {
  /** Milliseconds for which this process may go on writing; 0 or less when it may not. */
  remainingMs(): number;
}

/** Throws unless the fence is open. */
export function checkFence(fence: Fence | undefined): void {
  if (fence && fence.remainingMs() <= 0)
    throw new OperatorError('NotLeading', 'this process is not the leader any more: it writes nothing');
}
