import type { ProgressReport } from '@wikigpt/schema/task.ts';
import type { Pod } from '../../../operator/src/cluster/objects.ts';
import type { ControlPlaneAccess } from '../control-plane/access.ts';
import { mustCall } from '../control-plane/api-request.ts';

const digest = `sha256:${'7f3a'.padEnd(64, '0')}`;
const score = { metric: 'F1', value: '0.71', low: '0.66', high: '0.75', signature: 'f1', count: 120 } as const;

/** What a trainer reports in its life, in order. */
export const reports: readonly ProgressReport[] = [
  { phase: 'ValidatingData', data: { records: 1204, dropped: 3 }, estimate: { memory: '3Gi', basis: 'weights 0.27' } },
  { phase: 'Training', progress: { step: 2, totalSteps: 4, loss: '1.50' } },
  {
    phase: 'Publishing',
    progress: { step: 4, totalSteps: 4, loss: '1.00' },
    checkpoint: { step: 4, digest, savedAt: '2026-01-02T03:04:05Z' },
    evaluation: { scores: [score], rows: [], gate: 'Passed', summary: 'F1 0.71' },
  },
  { artifact: { uri: 'pvc://wikigpt-models/here', digest, formats: ['Merged'], verified: true } },
];

/** Does for one pod what a node would: says that it runs, gives it its token, says that it has ended. */
export class PodStandIn {
  readonly #access: ControlPlaneAccess;
  readonly #pod: Pod;

  constructor(access: ControlPlaneAccess, pod: Pod) {
    this.#access = access;
    this.#pod = pod;
  }

  runs(): Promise<unknown> {
    return this.#status('Running', { running: { startedAt: new Date().toISOString() } });
  }

  ends(
    exitCode: number,
    message = '',
    reason = exitCode === 0 ? 'Completed' : 'Error',
    conditions: readonly object[] = [],
  ): Promise<unknown> {
    const at = new Date().toISOString();
    const terminated = { exitCode, reason, message, startedAt: at, finishedAt: at };
    return this.#status(exitCode === 0 ? 'Succeeded' : 'Failed', { terminated }, conditions);
  }

  /** The node runs short of something and ends it. */
  isEvicted(): Promise<unknown> {
    return this.ends(143, '', 'Error', [{ type: 'DisruptionTarget', status: 'True' }]);
  }

  /** The token that the kubelet would mount. */
  async token(): Promise<string> {
    const { namespace, name, uid } = this.#pod.metadata;
    const account = this.#pod.spec.serviceAccountName ?? 'default';
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name, uid };
    const answer = await mustCall<{ status: { token: string } }>(this.#access.admin, path, {
      method: 'POST',
      body: { spec: { audiences: ['wikigpt.dev'], expirationSeconds: 600, boundObjectRef } },
    });
    return answer.status.token;
  }

  #status(phase: string, state: object, conditions: readonly object[] = []): Promise<unknown> {
    const { namespace, name } = this.#pod.metadata;
    const container = this.#pod.spec.containers[0]?.name;
    const status = {
      phase,
      startTime: new Date().toISOString(),
      conditions: [{ type: 'Ready', status: phase === 'Running' ? 'True' : 'False' }, ...conditions],
      containerStatuses: [
        { name: container, ready: phase === 'Running', restartCount: 0, image: 'trainer', imageID: 'trainer', state },
      ],
    };
    return mustCall(this.#access.admin, `/api/v1/namespaces/${namespace}/pods/${name}/status`, {
      method: 'PATCH',
      contentType: 'application/merge-patch+json',
      body: { status },
    });
  }
}

/** Sends a report as the trainer does: again and again until the operator takes it. */
export async function sendReport(
  url: () => string | undefined,
  {
    namespace,
    name,
    plural = 'finetunejobs',
  }: { readonly namespace: string; readonly name: string; readonly plural?: string },
  token: string,
  report: ProgressReport,
): Promise<void> {
  const until = performance.now() + 20_000;
  for (;;) {
    const answer = await fetch(
      `${url() ?? 'http://127.0.0.1:9'}/v1alpha1/namespaces/${namespace}/${plural}/${name}/progress`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', connection: 'close' },
        body: JSON.stringify(report),
      },
    ).catch(() => undefined);
    if (answer?.ok) return;
    if (performance.now() > until) throw new Error(`report not taken: ${answer?.status} ${await answer?.text()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
