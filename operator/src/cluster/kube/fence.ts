import type { Dispatcher } from 'undici';
import { OperatorError } from '../../errors.ts';

/** The right to write, which may run out at any moment. */
export interface Fence {
  /** Milliseconds for which this process may go on writing; 0 or less when it may not. */
  remainingMs(): number;
}

/** Throws unless the fence is open. */
export function checkFence(fence: Fence | undefined): void {
  if (fence && fence.remainingMs() <= 0) throw notLeading();
}

/**
 * Looks at the fence once more when the bytes of a request are about to go out. A process may be frozen while a request
 * waits for its connection; when it wakes up, the connection is served before any timer.
 */
export function fenced(fence: Fence): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, {
      onRequestStart: (controller, context) => {
        handler.onRequestStart?.(controller, context);
        if (fence.remainingMs() <= 0) controller.abort(notLeading());
      },
      onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
      onResponseStart: (...args) => handler.onResponseStart?.(...args),
      onResponseData: (...args) => handler.onResponseData?.(...args),
      onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
      onResponseError: (...args) => handler.onResponseError?.(...args),
    });
}

function notLeading(): OperatorError {
  return new OperatorError('NotLeading', 'this process is not the leader any more: it writes nothing');
}
