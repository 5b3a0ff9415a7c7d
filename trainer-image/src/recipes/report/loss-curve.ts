interface Point {
  readonly step: number;
  readonly loss: number;
}

const width = 720;
const height = 240;
const margin = { left: 48, right: 12, top: 12, bottom: 28 };

/** The training loss as an SVG: each step faint, a running mean on top. */
export function lossCurve(losses: readonly Point[]): string {
  const [first, last] = [losses[0], losses.at(-1)];
  if (!first || !last || first === last) return '<p>Too few steps to draw.</p>';
  const top = Math.max(...losses.map(({ loss }) => loss)) * 1.05;
  const x = (step: number): number =>
    margin.left + ((step - first.step) / (last.step - first.step)) * (width - margin.left - margin.right);
  const y = (loss: number): number => margin.top + (1 - loss / top) * (height - margin.top - margin.bottom);
  const line = (points: readonly Point[]): string =>
    points.map(({ step, loss }) => `${x(step).toFixed(1)},${y(loss).toFixed(1)}`).join(' ');
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => part * top);
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Training loss from ${first.loss.toFixed(2)} to ${last.loss.toFixed(2)}">
${ticks.map((tick) => `<line x1="${margin.left}" x2="${width - margin.right}" y1="${y(tick).toFixed(1)}" y2="${y(tick).toFixed(1)}" stroke="currentColor" opacity=".15"/><text x="${margin.left - 6}" y="${(y(tick) + 4).toFixed(1)}" text-anchor="end" font-size="11" fill="currentColor">${tick.toFixed(2)}</text>`).join('\n')}
<text x="${margin.left}" y="${height - 8}" font-size="11" fill="currentColor">step ${first.step}</text>
<text x="${width - margin.right}" y="${height - 8}" text-anchor="end" font-size="11" fill="currentColor">step ${last.step}</text>
<polyline points="${line(thin(losses))}" fill="none" stroke="currentColor" opacity=".25"/>
<polyline points="${line(thin(runningMean(losses)))}" fill="none" stroke="var(--accent, #2563eb)" stroke-width="2"/>
</svg>`;
}

/** Exponential mean over about 2 % of the run. */
function runningMean(losses: readonly Point[]): Point[] {
  const weight = Math.min(1, 50 / losses.length);
  let mean = losses[0]!.loss;
  return losses.map(({ step, loss }) => {
    mean += weight * (loss - mean);
    return { step, loss: mean };
  });
}

/** At most 700 points, about one for each pixel. */
function thin(points: readonly Point[]): Point[] {
  const stride = Math.ceil(points.length / 700);
  return points.filter((_, i) => i % stride === 0 || i === points.length - 1);
}
