import type { Service } from '../cluster/objects.ts';
import type { Settings } from './settings.ts';

/** The address of the Service: where the outside reaches it, else its name inside the cluster. */
export function serviceUrl(service: Service | undefined, settings: Settings): string | undefined {
  if (!service) return undefined;
  const outside = service.status?.loadBalancer?.ingress?.[0];
  const host = outside?.hostname ?? outside?.ip;
  if (host !== undefined) {
    const port = outside?.ports?.[0]?.port ?? service.spec.ports[0]?.port ?? 80;
    return port === 80 ? `http://${host}` : `http://${host}:${port}`;
  }
  return urlInside(service.metadata, settings);
}

/** The name of a Service inside a cluster; undefined where names mean nothing. */
export function urlInside(
  { name, namespace }: { readonly name: string; readonly namespace: string },
  { clusterDomain }: Settings,
): string | undefined {
  return clusterDomain === undefined ? undefined : `http://${name}.${namespace}.${clusterDomain}`;
}

/** The address by which pods reach a Service: its name inside a cluster, and its port where there is none. */
export function addressForPods(service: Service | undefined, settings: Settings): string | undefined {
  return settings.inCluster ? service && urlInside(service.metadata, settings) : serviceUrl(service, settings);
}
