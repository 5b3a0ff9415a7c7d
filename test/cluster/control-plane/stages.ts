/** A step in the life of a node or pod that nobody runs, in the configuration language of kwok. */
export interface Stage {
  readonly apiVersion: 'kwok.x-k8s.io/v1alpha1';
  readonly kind: 'Stage';
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

interface Condition {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values?: readonly string[];
}

const readiness = '.status.conditions.[] | select( .type == "Ready" ) | .status';
const alive: Condition = { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' };
const inPhase = (phase: string): Condition => ({ key: '.status.phase', operator: 'In', values: [phase] });

function stage(
  name: string,
  kind: 'Node' | 'Pod',
  matchExpressions: readonly Condition[],
  rest: { readonly next: object; readonly delay?: object },
): Stage {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: { resourceRef: { apiGroup: 'v1', kind }, selector: { matchExpressions }, ...rest },
  };
}

const nodeReady = stage('node-ready', 'Node', [{ key: readiness, operator: 'NotIn', values: ['True'] }], {
  next: {
    statusTemplate: `
{{ $now := Now }}
phase: Running
conditions:
{{ range NodeConditions }}
- type: {{ .type | Quote }}
  status: {{ .status | Quote }}
  reason: {{ .reason | Quote }}
  message: {{ .message | Quote }}
  lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
`,
  },
});

const podRunning = stage('pod-running', 'Pod', [alive, inPhase('Pending')], {
  next: {
    statusTemplate: `
{{ $now := Now }}
phase: Running
startTime: {{ $now | Quote }}
conditions:
- { type: Initialized, status: "True", lastTransitionTime: {{ $now | Quote }} }
- { type: ContainersReady, status: "True", lastTransitionTime: {{ $now | Quote }} }
- { type: Ready, status: "True", lastTransitionTime: {{ $now | Quote }} }
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: true
  restartCount: 0
  state: { running: { startedAt: {{ $now | Quote }} } }
{{ end }}
`,
  },
});

const podComplete = (milliseconds: number) =>
  stage(
    'pod-complete',
    'Pod',
    [alive, inPhase('Running'), { key: '.metadata.ownerReferences.[].kind', operator: 'In', values: ['Job'] }],
    {
      delay: { durationMilliseconds: milliseconds },
      next: {
        statusTemplate: `
{{ $now := Now }}
phase: Succeeded
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: false
  restartCount: 0
  state: { terminated: { exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }} } }
{{ end }}
`,
      },
    },
  );

const podGone = stage('pod-gone', 'Pod', [{ key: '.metadata.deletionTimestamp', operator: 'Exists' }], {
  next: { delete: true },
});

/** Nodes are ready at once, pods run at once, and pods of Jobs succeed after `podMs`. */
export function stages({ podMs }: { readonly podMs: number }): readonly Stage[] {
  return [nodeReady, podRunning, podComplete(podMs), podGone];
}
