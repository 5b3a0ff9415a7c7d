import { join } from 'node:path';
import { TrainerError } from '../errors.ts';
import { readJson, readJsonObject } from '../weights/json-file.ts';
import type { Pooling } from './embed-graph.ts';

/** The steps of sentence-transformers that are understood, by the last part of their type. */
const steps = ['Transformer', 'Pooling', 'Normalize'];

/** How an encoder makes vectors of texts, and the tokens it reads of each. */
export interface EmbeddingForm {
  readonly pooling: Pooling;
  readonly longest: number | null;
}

/**
 * What the files of sentence-transformers say; without them the mean of the states, of length one. Fails with
 * ModelIncompatible when they ask for a step or a pooling that is not known here.
 */
export async function readEmbeddingForm(folder: string): Promise<EmbeddingForm> {
  const modules = await readModules(join(folder, 'modules.json'));
  const unknown = modules?.find(({ type }) => !steps.includes(type));
  if (unknown) throw incompatible(folder, `modules.json names the step ${unknown.type}, expected ${steps.join(', ')}`);
  const sentences = await readJsonObject(join(folder, 'sentence_bert_config.json'));
  const longest = sentences?.['max_seq_length'];
  const place = modules?.find(({ type }) => type === 'Pooling')?.path;
  const pooling = place === undefined ? null : await readJsonObject(join(folder, place, 'config.json'));
  const modes = Object.entries(pooling ?? { pooling_mode_mean_tokens: true })
    .filter(([key, value]) => key.startsWith('pooling_mode_') && value === true)
    .map(([key]) => key.replace('pooling_mode_', ''));
  const [mode, ...more] = modes;
  if (more.length > 0 || (mode !== 'mean_tokens' && mode !== 'cls_token'))
    throw incompatible(folder, `its pooling is ${modes.join(' and ') || 'nothing'}, expected mean_tokens or cls_token`);
  return {
    pooling: {
      over: mode === 'mean_tokens' ? 'mean' : 'first',
      normalised: modules === null || modules.some(({ type }) => type === 'Normalize'),
    },
    longest: typeof longest === 'number' && longest > 0 ? longest : null,
  };
}

interface Step {
  readonly type: string;
  readonly path: string;
}

async function readModules(path: string): Promise<readonly Step[] | null> {
  const found = await readJson(path);
  if (found === undefined) return null;
  if (!Array.isArray(found)) throw incompatible(path, 'it is no list of steps');
  return found.map((step: unknown) => {
    const { type, path: place = '' } = (step ?? {}) as { type?: unknown; path?: unknown };
    if (typeof type !== 'string' || typeof place !== 'string') throw incompatible(path, 'a step has no type and path');
    if (!/^[\w.-]*$/.test(place) || place === '..') throw incompatible(path, `it names the path ${place}`);
    return { type: type.replace(/^.*\./, ''), path: place };
  });
}

const incompatible = (where: string, found: string): TrainerError =>
  new TrainerError('ModelIncompatible', `${where}: ${found}; choose another encoder.`);
