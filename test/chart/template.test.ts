import { describe, expect, it } from 'vitest';
import { serviceConfig, serviceVariables } from '../../operator/src/service/service-config.ts';
import { grantedRights } from '../cluster/control-plane/rights.ts';
import type { RoleRule } from '../cluster/control-plane/service-account.ts';
import { operatorRole } from '../cluster/operator/role.ts';
import { sharedControlPlane } from '../cluster/shared-control-plane.ts';
import {
  chartFolder,
  rendered,
  runHelm,
  withoutChartPrograms,
  type Manifest,
  type OperatorDeployment,
} from './helm.ts';
import { valueSets } from './value-sets.ts';

const sets = Object.entries(valueSets);
const everything = valueSets['everything on'] ?? {};
const ofKind = (objects: readonly Manifest[], kind: string) => objects.filter((object) => object.kind === kind);
const environmentOf = (objects: readonly Manifest[]) => {
  const [deployment] = ofKind(objects, 'Deployment') as OperatorDeployment[];
  return deployment?.spec.template.spec.containers[0]?.env ?? [];
};

describe.skipIf(withoutChartPrograms)('the chart', () => {
  it.each(sets)('passes the strict lint with %s', async (_, values) => {
    const { code, stdout, stderr } = await runHelm(['lint', '--strict', chartFolder], values);
    expect({ code, said: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, said: '' });
  });

  it.each(sets)('makes objects that an API server takes, with %s', async (_, values) => {
    const { kubectl } = sharedControlPlane();
    const objects = (await rendered(values)).map((object) => ({
      ...object,
      metadata: { ...object.metadata, ...(object.metadata.namespace ? { namespace: 'default' } : {}) },
    }));
    const input = objects.map((object) => JSON.stringify(object)).join('\n---\n');
    const { code, stderr, stdout } = await kubectl(
      ['apply', '--server-side', '--force-conflicts', '--dry-run=server', '--validate=strict', '-f', '-'],
      {
        input,
      },
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trim().split('\n')).toHaveLength(objects.length);
  });

  it.each<[string, object, string]>([
    ['a misspelt name', { replica: 3 }, 'replica'],
    ['a word for a number', { replicas: 'two' }, "at '/replicas': got string, want integer"],
    ['no replica', { replicas: 0 }, "at '/replicas': minimum: got 0, want 1"],
    [
      'an unknown source of certificates',
      { tls: { from: 'Vault' } },
      "at '/tls/from': value must be one of 'Generated', 'Secret', 'CertManager', 'Off'",
    ],
    ['a namespace that cannot be', { watchNamespace: 'My_Space' }, "at '/watchNamespace'"],
    ['a store that is no address', { storage: { defaultStore: 'models' } }, "at '/storage/defaultStore'"],
    ['a Secret without its name', { tls: { from: 'Secret' } }, 'name the Secret in tls.secretName'],
    ['cert-manager without an issuer', { tls: { from: 'CertManager' } }, 'name the issuer in tls.issuerRef.name'],
    ['an account without its name', { serviceAccount: { create: false } }, 'name the account in serviceAccount.name'],
  ])('refuses %s', async (_, values, sentence) => {
    await expect(rendered(values)).rejects.toThrow(sentence);
  });

  it.each(sets)('gives the operator an environment that it can begin with, with %s', async (_, values) => {
    const own = new Set<string>(serviceVariables);
    const environment = environmentOf(await rendered(values)).filter(({ name }) => own.has(name));
    const config = serviceConfig(Object.fromEntries(environment.map(({ name, value }) => [name, value])));
    expect(config).toMatchObject({ lease: expect.any(String), logLevel: 'info' });
  });

  it('has a value for every variable of the operator', async () => {
    const values = { ...everything, watchNamespace: 'team', extraEnv: [{ name: 'KUBECONFIG', value: '/config' }] };
    const names = environmentOf(await rendered(values)).map(({ name }) => name);
    expect(names.toSorted()).toEqual([...serviceVariables].sort());
  });

  it.each([
    ['cluster-wide', {}, { ClusterRole: 2, Role: 1 }],
    ['in one namespace', { watchNamespace: 'team' }, { ClusterRole: 1, Role: 2 }],
  ])('grants %s the rights of the tested role, and no more', async (_, values, roles) => {
    const objects = await rendered({ ...values, rbac: { aggregate: false } });
    const granted = [...ofKind(objects, 'ClusterRole'), ...ofKind(objects, 'Role')];
    expect(granted.map(({ kind }) => kind).sort()).toEqual(
      Object.entries(roles).flatMap(([kind, count]) => Array.from({ length: count }, () => kind)),
    );
    const rules = granted.flatMap((role) => role['rules'] as RoleRule[]);
    expect(grantedRights(rules)).toEqual(grantedRights(operatorRole));
    expect(JSON.stringify(rules)).not.toContain('*');
    expect(rules.filter(({ resources }) => resources.includes('secrets'))).toEqual([]);
  });

  it('keeps its definitions, and marks them as its own', async () => {
    const definitions = ofKind(await rendered(), 'CustomResourceDefinition');
    expect(definitions.map(({ metadata }) => metadata.name)).toHaveLength(3);
    for (const { metadata } of definitions)
      expect(metadata).toMatchObject({
        annotations: { 'helm.sh/resource-policy': 'keep' },
        labels: { 'app.kubernetes.io/instance': 'wikigpt-operator' },
      });
  });

  it('lets monitors trust the certificate of the endpoint', async () => {
    const [monitor] = ofKind(await rendered(everything), 'ServiceMonitor');
    expect((monitor as { spec?: { endpoints: unknown } } | undefined)?.spec?.endpoints).toEqual([
      {
        port: 'progress',
        path: '/metrics',
        interval: '30s',
        honorLabels: true,
        scheme: 'https',
        tlsConfig: {
          serverName: 'wikigpt-operator.wikigpt-system.svc',
          ca: { secret: { name: 'wikigpt-operator-tls', key: 'ca.crt' } },
        },
      },
    ]);
  });

  it('makes dashboards that a sidecar of Grafana finds and reads', async () => {
    const found = ofKind(await rendered(everything), 'ConfigMap').map(({ metadata, data }) => ({
      label: metadata.labels?.['grafana_dashboard'],
      titles: Object.values(data ?? {}).map((text) => (JSON.parse(text) as Manifest)['title']),
    }));
    expect(found).toEqual(['Chat', 'Jobs', 'Operator'].map((name) => ({ label: '1', titles: [`Wikigpt / ${name}`] })));
  });
});
