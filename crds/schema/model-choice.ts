/** Which public models can be tuned with what there is: the arithmetic behind `wikigpt models` and docs/models.md. */
import { unbuilt } from './built.ts';
import { apiVersion, methods, type Language, type MethodName, type TaskName } from './catalog.ts';
import { fineTuneJobSpec } from './fine-tune-job.ts';
import { estimateTraining } from './memory-estimate.ts';
import { parameterCount } from './model-sizes.ts';
import type { Training } from './training.ts';
import { presetNames, presets, type PresetName } from './presets.ts';

/** What is asked of a model; what is left out is not asked. */
export interface ModelWish {
  /** Bytes that tuning may take. */
  readonly memory?: number | undefined;
  readonly method: MethodName;
  readonly task?: TaskName | undefined;
  readonly language?: Language | undefined;
}

export interface ModelChoice {
  readonly name: PresetName;
  readonly parameters: number;
  /** The most usual settings by which it fits; by the least where it does not. */
  readonly step: StepSettings;
  /** Bytes that tuning takes by the wished method in such steps. */
  readonly memory: number;
  /** Why it is not to be taken, in a few words; nothing when it can be. */
  readonly against: readonly string[];
}

/** What of `spec.training` decides about the memory of a step. */
export type StepSettings = Pick<Training, 'batchTokens' | 'activationCheckpointing'>;

/** The methods that this release runs. */
export const builtMethods: readonly MethodName[] = methods.filter((method) =>
  unbuilt({ apiVersion, kind: 'FineTuneJob', metadata: { name: method }, spec: usualSpec('gpt2', method) }).every(
    (sentence) => !sentence.startsWith('spec.method'),
  ),
);

/** Steps as they may be, most memory first: to compute layers anew costs time alone, fewer tokens a less steady way down. */
const steps: readonly StepSettings[] = [usualSpec('gpt2', 'lora').training.batchTokens, 2048, 1024, 512].flatMap(
  (batchTokens) => [false, true].map((activationCheckpointing) => ({ batchTokens, activationCheckpointing })),
);

/** Bytes that tuning a preset takes, everything else being as it is when a manifest does not name it. */
export function tuningMemory(preset: PresetName, method: MethodName, step: Partial<StepSettings>): number {
  const spec = usualSpec(preset, method);
  return estimateTraining({ ...spec, training: { ...spec.training, ...step } }, presets[preset].sizes).bytes;
}

/** Every preset, those that can be taken first and of these the largest: with more parameters comes the better model. */
export function chooseModels({ memory: most = Infinity, method, task, language }: ModelWish): ModelChoice[] {
  return presetNames
    .map((name) => {
      const { sizes, languages, chatTemplate } = presets[name];
      const sized = steps.map((step) => ({ step, memory: tuningMemory(name, method, step) }));
      const { step, memory } = sized.find((each) => each.memory <= most) ?? sized.at(-1)!;
      const speaks: readonly Language[] = languages;
      return {
        name,
        parameters: parameterCount(sizes),
        step,
        memory,
        against: [
          ...(memory > most ? ['needs more memory'] : []),
          ...(language !== undefined && !speaks.includes(language) ? [`speaks no ${language}`] : []),
          // Text goes on from text; every other task asks, and who was taught to answer needs less teaching.
          ...(task !== undefined && task !== 'Text' && !chatTemplate ? ['follows no instructions'] : []),
        ],
      };
    })
    .toSorted((a, b) => a.against.length - b.against.length || b.parameters - a.parameters);
}

function usualSpec(preset: PresetName, method: MethodName) {
  return fineTuneJobSpec.parse({
    base: { preset },
    data: { sources: [{ uri: 'configmap://data/qa.jsonl', format: 'qa' }] },
    method: { [method]: {} },
  });
}

/** Bytes for people, as a Kubernetes quantity. */
export const readableMemory = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)}Gi`;

/** A count of parameters for people, such as 135M or 1.7B. */
export const readableCount = (count: number): string =>
  count < 999.5e6 ? `${Math.round(count / 1e6)}M` : `${(count / 1e9).toFixed(1)}B`;
