import type { Pod as PodOptions, Resources } from '@wikigpt/schema/pod.ts';
import type { Container, EnvVar, PodSpec } from '../cluster/objects.ts';
import { podAccount } from './namespace-fixtures.ts';
import { podSecurity } from './pod-security.ts';
import type { Settings } from './settings.ts';

/** The part of a pod spec that says where and as whom it runs. */
export function placement(pod: PodOptions, settings: Settings): Partial<PodSpec> {
  const account = pod.serviceAccountName === '' && settings.inCluster ? podAccount : pod.serviceAccountName;
  return {
    automountServiceAccountToken: false,
    ...(account === '' ? {} : { serviceAccountName: account }),
    ...podSecurity(settings),
    ...(pod.priorityClassName === '' ? {} : { priorityClassName: pod.priorityClassName }),
    ...(Object.keys(pod.nodeSelector).length === 0 ? {} : { nodeSelector: pod.nodeSelector }),
    ...(pod.tolerations.length === 0 ? {} : { tolerations: pod.tolerations }),
  };
}

/** The user's variables, after the operator's own. */
export function userEnv(pod: PodOptions): EnvVar[] {
  return pod.env.map(({ name, value, valueFrom }) => ({
    name,
    ...(value === undefined ? {} : { value }),
    ...(valueFrom === undefined ? {} : { valueFrom }),
  }));
}

/** Requests and limits; a device counts as both. */
export function containerResources({ requests, limits, accelerator }: Resources): NonNullable<Container['resources']> {
  const device = accelerator.type === 'None' ? {} : { [accelerator.type]: accelerator.count };
  const withDevice = { ...limits, ...device };
  return {
    ...(requests === undefined ? {} : { requests }),
    ...(Object.keys(withDevice).length === 0 ? {} : { limits: withDevice }),
  };
}
