/** Values that people install with, by what they want. */
export const valueSets: Readonly<Record<string, object>> = {
  'nothing said': {},
  'everything on': {
    metrics: {
      serviceMonitor: { enabled: true, labels: { release: 'monitoring' } },
      podMonitor: { enabled: true },
      rules: { enabled: true },
      dashboards: { enabled: true, annotations: { folder: 'AI' } },
    },
    image: { registry: 'registry.example.org/ai', pullSecrets: [{ name: 'pull' }] },
    service: { annotations: { a: 'b' } },
    serviceAccount: { annotations: { a: 'b' } },
    podAnnotations: { a: 'b' },
    podLabels: { team: 'ai' },
    priorityClassName: 'system-cluster-critical',
    nodeSelector: { pool: 'system' },
    tolerations: [{ key: 'system', operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
    extraEnv: [{ name: 'HTTPS_PROXY', value: 'http://proxy:3128' }],
    storage: { className: 'fast', size: '1Ti', defaultStore: 's3://models/team' },
  },
  'one namespace': { watchNamespace: 'default', fullnameOverride: 'team', lease: 'team' },
  'one replica without TLS': { replicas: 1, tls: { from: 'Off' }, networkPolicy: { enabled: false } },
  'a certificate of cert-manager': { tls: { from: 'CertManager', issuerRef: { name: 'ca', kind: 'ClusterIssuer' } } },
  "somebody else's Secret, account and roles": {
    tls: { from: 'Secret', secretName: 'own' },
    serviceAccount: { create: false, name: 'own' },
    rbac: { create: false },
    crds: { enabled: false },
  },
};
