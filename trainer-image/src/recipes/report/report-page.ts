import type { DistillReport, Forgetting } from '@wikigpt/schema/job-status.ts';
import { lossCurve } from './loss-curve.ts';
import type { Report } from './report.ts';

/** One self-contained HTML page of a run: scores, loss curve, samples, settings; nothing is loaded from elsewhere. */
export function reportPage(report: Report): string {
  const { training, evaluation, model, data, distillation } = report;
  const facts: [string, string][] = [
    ['Model', `${model.family}, ${count(model.parameters)} parameters`],
    ['Method', `${model.method}, ${count(model.trainableParameters)} trained`],
    ['Data', `${count(data.records)} records kept, ${count(data.dropped)} dropped`],
    ['Leakage', data.leakagePercent === undefined ? 'not measured' : `${data.leakagePercent} % of test records`],
    ['Training', `${count(training.steps)} steps, ${count(training.tokens)} tokens, ${training.seconds.toFixed(0)} s`],
    ...(training.publishedStep === training.steps ? [] : [bestCheckpoint(training.publishedStep)]),
    ...(training.rollbacks === 0 ? [] : [rolledBack(training.rollbacks)]),
    ['Validation loss', training.validationLoss === null ? 'not measured' : training.validationLoss.toFixed(4)],
    ...(distillation ? comparison(distillation) : []),
    ...(evaluation.forgetting ? [forgotten(evaluation.forgetting)] : []),
    ['Gate', evaluation.gate],
    ['Made', report.createdAt],
  ];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(report.job)}: report</title>
<style>${style}</style>
<main>
<h1>${text(report.job)}</h1>
<p class="gate ${evaluation.gate === 'Failed' ? 'bad' : ''}">${text(evaluation.summary)}</p>
${(evaluation.reasons ?? []).map((reason) => `<p class="bad">${text(reason)}</p>`).join('\n')}
<dl>${facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${text(value)}</dd></div>`).join('')}</dl>
<h2>Scores</h2>
${table(
  ['model', 'set', 'language', 'metric', 'value', '95 % interval', 'records'],
  evaluation.rows.map((row) => [
    row.model,
    row.set,
    row.language ?? 'all',
    row.metric,
    row.value,
    `${row.low} – ${row.high}`,
    String(row.count),
  ]),
)}
<h2>Loss</h2>
${lossCurve(training.losses)}
${
  training.learningRates
    ? `<h2>Learning rates tried</h2>\n${table(
        ['learning rate', 'loss after it'],
        training.learningRates.map(({ learningRate, loss }) => [
          learningRate.toExponential(2),
          loss === null ? 'not a number' : loss.toFixed(4),
        ]),
      )}`
    : ''
}
${
  training.completions.length > 0
    ? `<h2>While it learned</h2>\n${table(
        ['step', 'prompt', 'reference', 'answer'],
        training.completions.map(({ step, prompt, reference, answer }) => [count(step), prompt, reference, answer]),
      )}`
    : ''
}
<h2>Samples</h2>
${table(
  ['set', 'prompt', 'reference', 'answer'],
  report.samples.map((sample) => [sample.set, sample.prompt, sample.reference, sample.answer]),
)}
<h2>Settings</h2>
<pre>${text(JSON.stringify({ versions: report.versions, spec: report.spec }, null, 2))}</pre>
</main>
</html>
`;
}

const forgotten = ({ text: whose, before, after, lossRise }: Forgetting): [string, string] => [
  'Other texts',
  `perplexity ${before} before, ${after} after: ${lossRise} nats a token, on ${whose === 'BuiltIn' ? 'the built-in text' : 'the sources given'}`,
];
const bestCheckpoint = (step: number): [string, string] => ['Published', `the weights of step ${count(step)}`];
const rolledBack = (times: number): [string, string] => ['Went back', `${times} times, at half the learning rate each`];

function comparison({ metric, retainedPercent, sizeRatio, speedup }: DistillReport): [string, string][] {
  return [
    [
      'Of the teacher',
      `${retainedPercent} % of its ${metric}${sizeRatio === undefined ? '' : `, ${sizeRatio} times smaller`}`,
    ],
    ['Speed', speedup === undefined ? 'not measured' : `${speedup} times the teacher's`],
  ];
}

const count = (value: number): string => value.toLocaleString('en');

function text(value: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return value.replace(/[&<>"]/g, (character) => entities[character]!);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '<p>None.</p>';
  const line = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${text(cell)}</${tag}>`).join('')}</tr>`;
  return `<div class="scroll"><table><thead>${line(head, 'th')}</thead><tbody>${rows.map((row) => line(row, 'td')).join('\n')}</tbody></table></div>`;
}

const style = `
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --accent: #2563eb; --bad: #c2410c; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.gate { font-size: 1.2rem; margin: .25rem 0 1rem; } .bad { color: var(--bad); }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); gap: .5rem 1.5rem; margin: 0; }
dt { font-size: .8rem; opacity: .7; } dd { margin: 0; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; } svg { width: 100%; height: auto; } pre { background: var(--soft); padding: 1rem; overflow-x: auto; }
`;
