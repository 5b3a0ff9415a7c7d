/**
 * Loaded into every container's process before its program (node --import): when the operator dies without saying
 * goodbye, the process notices that it has another parent, asks itself to stop, and insists after a while.
 */
import { isMainThread } from 'node:worker_threads';

const checkEveryMs = 1000;
const graceMs = 30_000;

if (isMainThread) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), graceMs).unref();
  }, checkEveryMs);
  timer.unref();
}
