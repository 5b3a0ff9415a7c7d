/**
 * Every name a user may write in a manifest. A plug-in table elsewhere is `satisfies Record<Name, …>` over one of these
 * tuples, so a name added here turns the table red until it is built. What this release can run of it is in built.ts.
 */

export const apiVersion = 'wikigpt.dev/v1alpha1';

export const tasks = ['Text', 'QA', 'Dialogue', 'Summary', 'Translation', 'Classification'] as const;
export type TaskName = (typeof tasks)[number];

export const architectures = ['gpt2', 'llama', 'qwen2', 'qwen3'] as const;
export type Architecture = (typeof architectures)[number];

export const methods = ['lora', 'full', 'softPrompt', 'prefix', 'ia3', 'topLayers', 'template'] as const;
export type MethodName = (typeof methods)[number];

export const loraVariants = ['Plain', 'RsLora', 'DoRA'] as const;
export type LoraVariant = (typeof loraVariants)[number];

export const loraTargets = ['AllLinear', 'Attention'] as const;
export type LoraTargets = (typeof loraTargets)[number];

export const softPromptInits = ['Random', 'Vocabulary', 'Text'] as const;
export const prefixInits = ['Random', 'Text'] as const;
export const layerEnds = ['Last', 'First'] as const;

export const schedules = ['Cosine', 'Linear', 'Constant'] as const;
export type ScheduleName = (typeof schedules)[number];

export const precisions = ['Auto', 'Float32', 'BFloat16'] as const;
export type Precision = (typeof precisions)[number];

export const frozenWeights = ['Auto', 'Float32', 'Int8', 'Int4'] as const;
export type FrozenWeights = (typeof frozenWeights)[number];

export const earlyStoppingMetrics = ['validationLoss'] as const;

export const formats = ['text', 'qa', 'messages', 'alpaca', 'sharegpt', 'promptCompletion', 'preference'] as const;
export type FormatName = (typeof formats)[number];

export const splitUnits = ['Record', 'Entity'] as const;
export type SplitUnit = (typeof splitUnits)[number];

export const deduplications = ['None', 'Exact', 'MinHash'] as const;
export type Deduplication = (typeof deduplications)[number];

export const languages = ['zh', 'en'] as const;
export type Language = (typeof languages)[number];

export const metrics = [
  'ExactMatch',
  'F1',
  'BLEU',
  'Rouge1',
  'Rouge2',
  'RougeL',
  'chrF',
  'Perplexity',
  'BitsPerByte',
] as const;
export type MetricName = (typeof metrics)[number];

/** Metrics of how well a text was foreseen; the others compare an answer with its reference. */
export const likelihoodMetrics = ['Perplexity', 'BitsPerByte'] as const satisfies readonly MetricName[];
/** Metrics where the smaller number is the better one: a gate bounds them with `max`. */
export const lowerIsBetter: readonly MetricName[] = [...likelihoodMetrics];

export const baselines = ['Base', 'FewShot', 'Majority'] as const;
export type Baseline = (typeof baselines)[number];

export const scoredModels = ['Tuned', 'Teacher', 'StudentAlone', ...baselines] as const;
export type ScoredModel = (typeof scoredModels)[number];

export const testSetParts = ['All', 'TestEntities'] as const;
export type TestSetPart = (typeof testSetParts)[number];

export const gateFailureActions = ['Reject', 'Hold'] as const;
export const gateVerdicts = ['Passed', 'Failed', 'Held', 'NotRequired'] as const;
export type GateVerdict = (typeof gateVerdicts)[number];

export const forgettingTexts = ['Sources', 'BuiltIn'] as const;

export const outputFormats = ['Adapter', 'Merged', 'GGUF'] as const;
export type OutputFormat = (typeof outputFormats)[number];

export const quantizations = ['None', 'Int8', 'Int4'] as const;
export type Quantization = (typeof quantizations)[number];

export const runtimes = ['Builtin', 'VLLM'] as const;
export type RuntimeName = (typeof runtimes)[number];

export const rolloutStrategies = ['Recreate', 'RollingUpdate', 'Canary'] as const;
export type RolloutStrategy = (typeof rolloutStrategies)[number];

export const revisionStates = ['Candidate', 'Live', 'Retired', 'Rejected'] as const;
export type RevisionState = (typeof revisionStates)[number];

export const modelSchemes = ['hf', 's3', 'oci', 'pvc', 'http', 'https', 'file'] as const;
export const dataSchemes = ['configmap', 'npm', 'hf', 's3', 'oci', 'pvc', 'http', 'https', 'file'] as const;
export const outputSchemes = ['pvc', 's3', 'oci', 'file'] as const;
export type ModelScheme = (typeof modelSchemes)[number];
export type DataScheme = (typeof dataSchemes)[number];
export type OutputScheme = (typeof outputSchemes)[number];
export type ArtifactScheme = ModelScheme | DataScheme | OutputScheme;

export const jobKinds = ['FineTuneJob', 'DistillJob'] as const;
export type JobKind = (typeof jobKinds)[number];

/** How states of a student are compared with those of its teacher. */
export const stateLosses = ['MSE', 'Cosine'] as const;
export type StateLoss = (typeof stateLosses)[number];

export const divergences = ['ForwardKL', 'ReverseKL', 'JSD'] as const;
export type Divergence = (typeof divergences)[number];

export const managers = ['wikigpt.dev/operator', 'kueue.x-k8s.io/multikueue'] as const;

/** Reasons of a job's `Succeeded` condition by its status; the event and the metric's label carry the same word. */
export const succeededReasons = {
  Unknown: [
    'Pending',
    'WaitingForModel',
    'Suspended',
    'Queued',
    'Unschedulable',
    'ValidatingData',
    'PullingModel',
    'Training',
    'Resuming',
    'Evaluating',
    'AwaitingRatings',
    'GateHeld',
    'Publishing',
  ],
  True: ['Complete'],
  False: [
    'InvalidSpec',
    'DataInvalid',
    'DigestMismatch',
    'ModelIncompatible',
    'OutOfMemory',
    'LossDiverged',
    'TrainerFailed',
    'CheckpointCorrupt',
    'BackoffLimitExceeded',
    'DeadlineExceeded',
    'GateFailed',
    'ExportUnverified',
    'Cancelled',
  ],
} as const;
export type SucceededReason = (typeof succeededReasons)[keyof typeof succeededReasons][number];
export type FailureReason = (typeof succeededReasons)['False'][number];

/** The reasons that a trainer itself reports while it works. */
export const trainerPhases = [
  'ValidatingData',
  'PullingModel',
  'Training',
  'Resuming',
  'Evaluating',
  'Publishing',
] as const satisfies readonly (typeof succeededReasons)['Unknown'][number][];
export type TrainerPhase = (typeof trainerPhases)[number];

/** Reasons of a ChatModel's `Ready` condition by its status. */
export const readyReasons = {
  Unknown: ['Pending', 'WaitingForModel', 'Unschedulable', 'Starting', 'RollingOut'],
  True: ['Ready'],
  False: [
    'InvalidSpec',
    'JobFailed',
    'GateNotPassed',
    'DigestMismatch',
    'ModelIncompatible',
    'OutOfMemory',
    'ServerFailed',
    'ScaledToZero',
  ],
} as const;
export type ReadyReason = (typeof readyReasons)[keyof typeof readyReasons][number];

/** How `kubectl get` writes a method's name. */
export const methodTitles: Readonly<Record<MethodName, string>> = {
  lora: 'LoRA',
  full: 'Full',
  softPrompt: 'SoftPrompt',
  prefix: 'Prefix',
  ia3: 'IA3',
  topLayers: 'TopLayers',
  template: 'Template',
};

/** The metrics that fit a task, used when `spec.evaluation.metrics` is absent. */
export const metricsByTask: Readonly<Record<TaskName, readonly MetricName[]>> = {
  Text: ['Perplexity', 'BitsPerByte'],
  QA: ['ExactMatch', 'F1', 'Perplexity'],
  Dialogue: ['RougeL', 'chrF', 'Perplexity'],
  Summary: ['Rouge1', 'Rouge2', 'RougeL'],
  Translation: ['BLEU', 'chrF'],
  Classification: ['ExactMatch'],
};
