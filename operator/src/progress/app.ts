import { jobKinds } from '@wikigpt/schema/catalog.ts';
import { progressReport } from '@wikigpt/schema/task.ts';
import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { Allowances } from '../allowances.ts';
import { kinds, type TrainingJob } from '../cluster/kinds.ts';
import { isOwnedBy } from '../cluster/owner-reference.ts';
import type { Cluster, TokenOwner } from '../cluster/port.ts';
import { hasEnded } from '../controllers/training-job/ended.ts';
import { asOperatorError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { OperatorMetrics } from '../metrics.ts';
import { tokenAudience } from '../objects/settings.ts';
import { Slots } from '../slots.ts';
import type { ProgressWriter } from './progress-writer.ts';

export interface ProgressAppParts {
  readonly cluster: Cluster;
  readonly writer: ProgressWriter;
  readonly metrics: OperatorMetrics;
  readonly now: () => Date;
  readonly log: Logger;
}

/** A report is a few kilobytes; the comparison table of a large evaluation is the most there is. */
const maxReportBytes = 256 * 1024;
/** A trainer reports every few seconds and at each change of phase; after an outage it has one report to bring. */
const perPod = { burst: 100, refillMs: 200, remembered: 10_000 };
/** Questions about tokens that are open at once, whoever asks; more wait, and when too many wait they come again later. */
const reviewsAtOnce = 4;
const waitingAtMost = 1_000;
const progressPath = '/v1alpha1/namespaces/:namespace/:jobs/:name/progress';

/** What pods and monitors of the operator speak to: progress reports, health, metrics. */
export function progressApp({ cluster, writer, metrics, now, log }: ProgressAppParts): Hono {
  const app = new Hono();
  const allowances = new Allowances({ ...perPod, now });
  const reviews = new Slots(reviewsAtOnce);
  app.onError((thrown, context) => {
    const { code, message } = asOperatorError(thrown);
    log.error('request failed', { path: context.req.path, code, error: thrown });
    return context.json({ error: { code, message } }, 500);
  });
  app.use(progressPath, async (context, next) => {
    await next();
    metrics.progressReports.inc({ status: context.res.status });
  });
  const limit = bodyLimit({
    maxSize: maxReportBytes,
    onError: (context) => context.json(refusal('TooLarge', `a report has at most ${maxReportBytes} bytes`), 413),
  });
  app.post(progressPath, limit, async (context) => {
    const { namespace, jobs, name } = context.req.param();
    const token = /^Bearer (\S+)$/.exec(context.req.header('authorization') ?? '')?.[1];
    if (reviews.waiting + writer.waiting >= waitingAtMost)
      return tooMany(context, 5_000, 'too many reports wait to be written: send it again later');
    const owner = token === undefined ? undefined : await reviews.take(() => cluster.reviewToken(token, tokenAudience));
    if (!owner) return context.json(refusal('Unauthorized', 'send the pod’s own token as a bearer token'), 401);
    const waitMs = allowances.take(owner.podUid);
    if (waitMs > 0) return tooMany(context, waitMs, `pod ${owner.pod} reports too often: send the newest one later`);
    const job = await jobOfPod(cluster, owner, namespace, jobs, name);
    if (!job)
      return context.json(refusal('Forbidden', `pod ${owner.pod} does not belong to ${namespace}/${name}`), 403);
    if (hasEnded(job)) return context.json(refusal('Ended', 'the job has ended; nothing about it changes'), 409);
    const body: unknown = await context.req.json().catch(() => undefined);
    const report = progressReport.safeParse(body);
    if (!report.success) {
      const [issue] = report.error.issues;
      return context.json(
        refusal('Invalid', `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'not JSON'}`),
        400,
      );
    }
    if (report.data.report && job.kind !== 'DistillJob')
      return context.json(refusal('Invalid', `report: a ${job.kind} compares no teacher with a student`), 400);
    await writer.write(job, report.data, owner.pod);
    return context.body(null, 204);
  });
  app.get('/healthz', (context) => context.text('ok\n'));
  app.get('/metrics', async (context) =>
    context.body(await metrics.registry.metrics(), 200, { 'content-type': metrics.registry.contentType }),
  );
  return app;
}

/** The job that a pod trains, by way of the batch Job that owns both ends; undefined when it is not that job's pod. */
async function jobOfPod(
  cluster: Cluster,
  owner: TokenOwner,
  namespace: string,
  plural: string,
  name: string,
): Promise<TrainingJob | undefined> {
  const kind = jobKinds.find((each) => kinds[each].plural === plural);
  if (owner.namespace !== namespace || !kind) return undefined;
  const pod = await cluster.get('Pod', namespace, owner.pod);
  const reference = pod?.metadata.ownerReferences?.find(({ kind }) => kind === 'Job');
  if (!pod || !reference || pod.metadata.uid !== owner.podUid) return undefined;
  const [child, job] = await Promise.all([
    cluster.get('Job', namespace, reference.name),
    cluster.get(kind, namespace, name),
  ]);
  return child && job && isOwnedBy(pod, child) && isOwnedBy(child, job) ? job : undefined;
}

function tooMany(context: Context, waitMs: number, message: string): Response {
  context.header('retry-after', String(Math.ceil(waitMs / 1_000)));
  return context.json(refusal('TooMany', message), 429);
}

function refusal(code: string, message: string) {
  return { error: { code, message } };
}
