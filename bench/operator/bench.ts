import { setTimeout as sleep } from 'node:timers/promises';
import { kubernetes, kwok } from '../../scripts/kube-binaries/program-sets.ts';
import type { Bench, BenchRequest } from '../bench.ts';
import type { Table } from '../table.ts';
import { jobNames } from './job-crowd.ts';
import { allAtOnce, atPace, lives, oneByOne, openCrowd, quietMinute, type Found } from './measure.ts';
import type { OperatorProcess } from './operator-process.ts';
import { openStage, type Stage } from './stage.ts';
import { summarize } from './summary.ts';

interface Setting {
  readonly stage: Stage;
  readonly request: BenchRequest;
}

interface Case {
  /** Whether there are controllers and nodes; without them the machine is left to the operator and the API server. */
  readonly pods: boolean;
  readonly run: (setting: Setting) => Promise<readonly Found[]>;
}

const cached = 10_000;
const batch = 1_000;

const cases: Readonly<Record<string, Case>> = {
  idle: { pods: true, run: inRounds((stage, operator, name) => oneByOne(stage, operator, name)) },
  load: { pods: false, run: inRounds((stage, _, name) => atPace(stage, name, 10, 1_000)) },
  burst: { pods: false, run: inRounds((stage, operator, name) => allAtOnce(stage, operator, name, 1_000)) },
  lives: { pods: true, run: inRounds((stage, operator, name) => allAtOnce(stage, operator, name, 300)) },
  cached: { pods: false, run: manyCached },
  failover: { pods: false, run: failOver },
};

/** The operator as a process against a real control plane whose nodes only say that they run pods. */
export const bench: Bench = {
  summary: 'the operator on a real API server: latency, throughput, API calls, memory, fail-over',
  cases: Object.keys(cases),
  async run(request) {
    const rows: Table['rows'][number][] = [];
    for (const [name, { pods, run }] of Object.entries(cases)) {
      if (request.cases.length > 0 && !request.cases.includes(name)) continue;
      request.signal.throwIfAborted();
      const stage = await openStage({ pods, say: request.say });
      try {
        rows.push(...summarize(name, await run({ stage, request })));
      } finally {
        await stage.close();
      }
    }
    return {
      rows,
      notes: [
        `Kubernetes ${kubernetes.version}, kwok ${kwok.version}, Node ${process.versions.node}; everything on one machine.`,
        'A job is timed from sending it to seeing its child in a watch; its life ends with the state Complete.',
      ],
    };
  },
};

/** The same work again and again with one operator; the first round warms up and is not counted. */
function inRounds(work: (stage: Stage, operator: OperatorProcess, name: string) => Promise<Found>): Case['run'] {
  return async ({ stage, request: { rounds, say, signal } }) => {
    const operator = await stage.start('one');
    const found: Found[] = [];
    for (let round = 0; round <= rounds; round++) {
      signal.throwIfAborted();
      const figures = await work(stage, operator, `round-${round}`);
      say(`round ${round} of ${rounds}: ${JSON.stringify(figures)}`);
      if (round > 0) found.push(figures);
    }
    return found;
  };
}

/** Runs jobs until so many have ended, then looks at the operator at rest, starts it anew and looks again. */
async function manyCached({ stage, request: { say, signal } }: Setting): Promise<Found[]> {
  const operator = await stage.start('one');
  const connectionsBefore = (await operator.apiUse()).connections;
  const jobs = await openCrowd(stage, 'cached');
  for (let ended = 0; ended < cached; ended += batch) {
    signal.throwIfAborted();
    const started = performance.now();
    await lives(jobs, jobNames(`after-${ended}`, batch), 0);
    const { now, most } = await operator.memory();
    say(
      `cached: ${ended + batch} jobs have ended, ${(performance.now() - started).toFixed(0)} ms, ${now.toFixed(0)} MB, most ${most.toFixed(0)} MB`,
    );
  }
  jobs.close();
  await sleep(30_000);
  const lived = await quietMinute(operator);
  const connections = (await operator.apiUse()).connections - connectionsBefore;
  await operator.end('SIGTERM');
  const next = await stage.start('two');
  const atReady = await next.memory();
  await sleep(30_000);
  const restarted = await quietMinute(next);
  const named = (when: string, found: Found) =>
    Object.fromEntries(Object.entries(found).map(([name, value]) => [`${when}: ${name}`, value]));
  return [
    {
      ...named('after their lives', lived),
      'connections opened in 10,000 lives': connections,
      'restart → ready, ms': next.readyMs,
      'resident when ready, MB': atReady.now,
      ...named('after a restart', restarted),
    },
  ];
}

/** Kills the leader, then stops the next one well; each time a job is made at once and its child waited for. */
async function failOver({ stage, request: { rounds: count, say, signal } }: Setting): Promise<Found[]> {
  const jobs = await openCrowd(stage, 'failover');
  let leader = await stage.start('replica-0');
  let standby = await stage.start('replica-1');
  let replicas = 2;
  const next = async (how: 'SIGKILL' | 'SIGTERM') => {
    const names = jobNames(`after-${replicas}`, 1);
    const started = performance.now();
    const ended = leader.end(how);
    await jobs.create(names, 0);
    await jobs.children(names);
    const ms = performance.now() - started;
    await ended;
    leader = standby;
    standby = await stage.start(`replica-${replicas}`);
    replicas += 1;
    await lives(jobs, jobNames(`between-${replicas}`, 1), 0);
    return ms;
  };
  await lives(jobs, jobNames('first', 1), 0);
  const found: Found[] = [];
  for (let round = 1; round <= count; round++) {
    signal.throwIfAborted();
    const figures = {
      'leader killed → next child, ms': await next('SIGKILL'),
      'leader stopped → next child, ms': await next('SIGTERM'),
    };
    say(`failover: round ${round} of ${count}: ${JSON.stringify(figures)}`);
    found.push(figures);
  }
  return found;
}
