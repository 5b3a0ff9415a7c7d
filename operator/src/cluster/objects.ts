/** The parts of Kubernetes objects that this operator reads or writes, in Kubernetes' own shape. */

export type Labels = Readonly<Record<string, string>>;

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Labels;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime?: string;
}

/** Any object: what shared code may rely on. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly fieldRef?: { readonly fieldPath: string };
    readonly secretKeyRef?: { readonly name: string; readonly key: string };
  };
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly readOnly?: boolean;
}

export interface Probe {
  readonly httpGet: { readonly path: string; readonly port: number | string };
  readonly periodSeconds?: number;
  readonly failureThreshold?: number;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly EnvVar[];
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly volumeMounts?: readonly VolumeMount[];
  readonly readinessProbe?: Probe;
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly resources?: {
    readonly requests?: Readonly<Record<string, string | number>>;
    readonly limits?: Readonly<Record<string, string | number>>;
  };
  readonly terminationMessagePath?: string;
  readonly securityContext?: {
    readonly allowPrivilegeEscalation: boolean;
    readonly readOnlyRootFilesystem: boolean;
    readonly capabilities: { readonly drop: readonly string[] };
  };
}

export interface TokenProjection {
  readonly serviceAccountToken: {
    readonly audience: string;
    readonly path: string;
    readonly expirationSeconds?: number;
  };
}

export interface Volume {
  readonly name: string;
  readonly configMap?: { readonly name: string };
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly secret?: { readonly secretName: string };
  readonly emptyDir?: Readonly<Record<string, never>>;
  readonly projected?: { readonly sources: readonly TokenProjection[] };
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly restartPolicy?: 'Always' | 'Never';
  readonly terminationGracePeriodSeconds?: number;
  readonly automountServiceAccountToken?: boolean;
  readonly serviceAccountName?: string;
  readonly nodeSelector?: Labels;
  readonly tolerations?: readonly unknown[];
  readonly priorityClassName?: string;
  readonly securityContext?: {
    readonly runAsNonRoot: boolean;
    readonly seccompProfile: { readonly type: 'RuntimeDefault' };
    readonly fsGroup?: number;
    readonly fsGroupChangePolicy?: 'OnRootMismatch' | 'Always';
  };
}

export interface ContainerTerminated {
  readonly exitCode: number;
  readonly signal?: number;
  readonly reason: string;
  readonly message?: string;
  readonly startedAt: string;
  readonly finishedAt: string;
}

export interface ContainerState {
  readonly waiting?: { readonly reason: string; readonly message?: string };
  readonly running?: { readonly startedAt: string };
  readonly terminated?: ContainerTerminated;
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state: ContainerState;
  readonly lastState?: ContainerState;
}

export interface PodStatus {
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  readonly reason?: string;
  readonly message?: string;
  readonly podIP?: string;
  readonly startTime?: string;
  readonly conditions?: readonly Condition[];
  readonly containerStatuses?: readonly ContainerStatus[];
}

export interface Pod extends KubeObject {
  readonly kind: 'Pod';
  readonly spec: PodSpec;
  readonly status?: PodStatus;
}

export interface PodTemplate {
  readonly metadata?: { readonly labels?: Labels; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: PodSpec;
}

export interface PodFailureRule {
  readonly action: 'FailJob' | 'Ignore' | 'Count';
  readonly onExitCodes?: { readonly operator: 'In' | 'NotIn'; readonly values: readonly number[] };
  readonly onPodConditions?: readonly { readonly type: string; readonly status: string }[];
}

export interface Job extends KubeObject {
  readonly kind: 'Job';
  readonly spec: {
    readonly suspend?: boolean;
    /** Who runs it, when that is not the Job controller of this cluster. */
    readonly managedBy?: string;
    readonly backoffLimit?: number;
    readonly activeDeadlineSeconds?: number | undefined;
    readonly podFailurePolicy?: { readonly rules: readonly PodFailureRule[] };
    readonly template: PodTemplate;
  };
  readonly status?: {
    readonly active?: number;
    readonly succeeded?: number;
    readonly failed?: number;
    readonly startTime?: string;
    readonly completionTime?: string;
    readonly conditions?: readonly Condition[];
  };
}

export interface Deployment extends KubeObject {
  readonly kind: 'Deployment';
  readonly spec: {
    readonly replicas: number;
    readonly selector: { readonly matchLabels: Labels };
    readonly strategy?: {
      readonly type: 'RollingUpdate' | 'Recreate';
      readonly rollingUpdate?: { readonly maxUnavailable: number; readonly maxSurge: string };
    };
    readonly template: PodTemplate;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly conditions?: readonly Condition[];
  };
}

export interface Service extends KubeObject {
  readonly kind: 'Service';
  readonly spec: {
    readonly selector: Labels;
    readonly ports: readonly { readonly name?: string; readonly port: number; readonly targetPort?: number | string }[];
  };
  readonly status?: {
    readonly loadBalancer?: {
      readonly ingress?: readonly {
        readonly ip?: string;
        readonly hostname?: string;
        readonly ports?: readonly { readonly port: number; readonly protocol: string; readonly error?: string }[];
      }[];
    };
  };
}

export interface ConfigMap extends KubeObject {
  readonly kind: 'ConfigMap';
  readonly data?: Readonly<Record<string, string>>;
}

export interface PersistentVolumeClaim extends KubeObject {
  readonly kind: 'PersistentVolumeClaim';
  readonly spec: {
    readonly accessModes: readonly string[];
    readonly resources: { readonly requests: { readonly storage: string } };
    readonly storageClassName?: string;
  };
  readonly status?: { readonly phase?: 'Pending' | 'Bound' | 'Lost' };
}

export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string;
}

export interface Event extends KubeObject {
  readonly kind: 'Event';
  readonly involvedObject: ObjectReference;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
  readonly source: { readonly component: string };
}

export interface PodDisruptionBudget extends KubeObject {
  readonly kind: 'PodDisruptionBudget';
  readonly spec: {
    readonly maxUnavailable: number;
    readonly selector: { readonly matchLabels: Labels };
    readonly unhealthyPodEvictionPolicy: 'AlwaysAllow' | 'IfHealthyBudget';
  };
}

export interface HorizontalPodAutoscaler extends KubeObject {
  readonly kind: 'HorizontalPodAutoscaler';
  readonly spec: {
    readonly scaleTargetRef: { readonly apiVersion: string; readonly kind: string; readonly name: string };
    readonly minReplicas: number;
    readonly maxReplicas: number;
    readonly metrics: readonly {
      readonly type: 'Pods';
      readonly pods: {
        readonly metric: { readonly name: string };
        readonly target: { readonly type: 'AverageValue'; readonly averageValue: string };
      };
    }[];
    readonly behavior: { readonly scaleDown: { readonly stabilizationWindowSeconds: number } };
  };
}

export interface Ingress extends KubeObject {
  readonly kind: 'Ingress';
  readonly spec: {
    readonly ingressClassName?: string | undefined;
    readonly tls?: readonly { readonly hosts: readonly string[]; readonly secretName: string }[] | undefined;
    readonly rules: readonly {
      readonly host: string;
      readonly http: {
        readonly paths: readonly {
          readonly path: string;
          readonly pathType: 'Prefix';
          readonly backend: { readonly service: { readonly name: string; readonly port: { readonly name: string } } };
        }[];
      };
    }[];
  };
}

export interface HTTPRoute extends KubeObject {
  readonly kind: 'HTTPRoute';
  readonly spec: {
    readonly parentRefs: readonly {
      readonly name: string;
      readonly namespace?: string | undefined;
      readonly sectionName?: string | undefined;
    }[];
    readonly hostnames: readonly string[];
    readonly rules: readonly { readonly backendRefs: readonly { readonly name: string; readonly port: number }[] }[];
  };
}

export interface ServiceAccount extends KubeObject {
  readonly kind: 'ServiceAccount';
}

/** Who may be spoken to; everybody and every port where neither is named. */
export interface NetworkPolicyRule {
  readonly to?: readonly { readonly podSelector: { readonly matchLabels: Labels } }[];
  readonly ports?: readonly { readonly protocol: 'TCP' | 'UDP'; readonly port: number | string }[];
}

export interface NetworkPolicy extends KubeObject {
  readonly kind: 'NetworkPolicy';
  readonly spec: {
    readonly podSelector: { readonly matchLabels: Labels };
    readonly policyTypes: readonly ('Ingress' | 'Egress')[];
    readonly ingress?: readonly NetworkPolicyRule[];
    readonly egress?: readonly NetworkPolicyRule[];
  };
}
