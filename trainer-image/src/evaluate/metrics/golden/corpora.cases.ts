import type { TextExample } from '../metric.ts';
import golden from './metrics.json' with { type: 'json' };

/** The corpora that the Python references were run on, with their numbers. */
export const goldenCorpora = Object.entries(golden.corpora).map(([name, corpus]) => ({
  name,
  golden: corpus,
  examples: corpus.examples.map(([prediction, ...references]): TextExample => ({
    prediction: prediction!,
    references,
  })),
}));
