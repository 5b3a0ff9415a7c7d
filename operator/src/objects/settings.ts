/** What the builders need to know of the place where objects will live. */
export interface Settings {
  /** Image of training and serving pods. */
  readonly image: string;
  /** Base address of the progress endpoint as a pod sees it; may name a variable of the node as `$(NAME)`. */
  readonly endpoint: string;
  /** The authority that pods trust for it, PEM; absent where the endpoint speaks plain HTTP, or is known to everybody. */
  readonly endpointAuthority?: string;
  /** Makes the claim of an output when it does not exist; absent where claims are the user's business. */
  readonly createClaims?: { readonly storage: string; readonly storageClassName?: string };
  /** Where results go when a job names no place. */
  readonly defaultStore: string;
  /** Size of the claim that holds a job's checkpoints. */
  readonly workStorage: string;
  /** Memory that a job asks for when the sizes of its model are not known beforehand; absent where nothing is asked of a node. */
  readonly defaultMemory?: string;
  /** Ending of the names of Services inside the cluster, such as svc; absent where they have none. */
  readonly clusterDomain?: string;
  /** Group that the files of claims are given to; absent where the cluster sees to that. */
  readonly fsGroup?: number;
  /** Ports of the progress endpoint, as its Service and its pods have them: where training pods may speak to. */
  readonly progressPorts: readonly number[];
  /** Whether there is a cluster around the pods: autoscaling, disruption budgets and ways in from outside. */
  readonly inCluster: boolean;
  /** Whether the API server knows HTTPRoute, which comes with the Gateway API. */
  readonly gatewayApi: boolean;
  /** Seconds that the pods of a revision stay after another took over, since requests follow an endpoint a little later. */
  readonly drainSeconds: number;
  /** Whether file:// may be used: pods see the user's disk. */
  readonly localFiles: boolean;
}

/** The default store, unless another one is set. */
export const usualStore = 'pvc://wikigpt-models';

/** The audience of the tokens by which pods prove who they are. */
export const tokenAudience = 'wikigpt.dev';
