import { expect, test } from 'vitest';
import type { Service } from '../cluster/objects.ts';
import { settings } from '../controllers/manifests.suite.ts';
import { addressForPods, serviceUrl } from './service-url.ts';

const service: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'default', name: 'country' },
  spec: { selector: {}, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
};
const at = (ip: string, port: number): Service => ({
  ...service,
  status: { loadBalancer: { ingress: [{ ip, ports: [{ port, protocol: 'TCP' }] }] } },
});
const cluster = { ...settings, inCluster: true, clusterDomain: 'svc' };
const { clusterDomain: _, ...laptop } = { ...settings, inCluster: false };

test('pods of a cluster use the name of a Service, whatever balancer is before it', () => {
  expect(serviceUrl(at('203.0.113.7', 80), cluster)).toBe('http://203.0.113.7');
  expect(addressForPods(at('203.0.113.7', 80), cluster)).toBe('http://country.default.svc');
});

test('pods of a laptop use its port, once it has one', () => {
  expect(addressForPods(at('127.0.0.1', 8081), laptop)).toBe('http://127.0.0.1:8081');
  expect(addressForPods(service, laptop)).toBeUndefined();
  expect(addressForPods(undefined, laptop)).toBeUndefined();
});
