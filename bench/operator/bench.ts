import { setTimeout as sleep } from 'node:timers/promises';
import { kubernetes, kwok } from '../../scripts/kube-binaries/program-sets.ts';
import type { Bench, BenchRequest } from '../bench.ts';
import type { Table } from '../table.ts';
import { jobNames } from './job-crowd.ts';
import {
  allAtOnce,
  atPace,
  lives,
  oneByOne,
  openCrowd,
  quietMinute,
  sampleOf,
  untilCached,
  type Found,
} from './measure.ts';
import type { OperatorProcess } from './operator-process.ts';
import { copyOf, seedEtcd } from './seed-etcd.ts';
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
const lived = 50;

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

/** Runs some jobs, multiplies the last one to ten thousand, looks at the operator at rest, starts it anew and looks again. */
async function manyCached({ stage, request: { say } }: Setting): Promise<Found[]> {
  const operator = await stage.start('one');
  const jobs = await openCrowd(stage, 'cached');
  const names = jobNames('lived', lived);
  await lives(jobs, names, 0);
  jobs.close();
  const { connections } = await operator.apiUse();
  const afterLives = await operator.memory();
  say(`cached: ${lived} jobs have ended, ${afterLives.now.toFixed(0)} MB`);
  const sample = await sampleOf(stage, 'cached', names.at(-1) ?? '');
  const copies = Array.from({ length: cached - lived }, (_, index) => copyOf(sample, `copy-${index}`, index + 1));
  await seedEtcd(stage.etcdUrl, copies.flat());
  await untilCached(operator, cached);
  await sleep(30_000);
  const first = await quietMinute(operator);
  await operator.end('SIGTERM');
  const next = await stage.start('two');
  const atReady = await next.memory();
  await untilCached(next, cached);
  await sleep(30_000);
  const second = await quietMinute(next);
  const named = (when: string, found: Found) =>
    Object.fromEntries(Object.entries(found).map(([name, value]) => [`${when}: ${name}`, value]));
  return [
    {
      [`after ${lived} lives: resident, MB`]: afterLives.now,
      [`after ${lived} lives: connections opened`]: connections,
      ...named('10,000 jobs', first),
      'restart → ready, ms': next.readyMs,
      'resident when ready, MB': atReady.now,
      ...named('10,000 jobs after a restart', second),
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
