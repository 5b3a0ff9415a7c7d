import type { ChatModelSpec } from '@wikigpt/schema/chat-model.ts';
import type { ChatModel } from '../cluster/kinds.ts';
import type { HTTPRoute, Ingress } from '../cluster/objects.ts';
import { chatMetadata, serviceName } from './names.ts';

const namesAnnotation = 'wikigpt.dev/annotations';

type Expose = NonNullable<ChatModelSpec['expose']>;

/** The way in by an ingress controller; nothing when the spec asks for none. */
export function chatIngress(chat: ChatModel): Ingress | undefined {
  const { ingress } = chat.spec.expose ?? {};
  if (!ingress) return undefined;
  const { host, className, tlsSecretName, annotations = {} } = ingress;
  const service = { name: serviceName(chat), port: { name: 'http' } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    // The names of the annotations, so that one that is taken away makes a difference to what is there.
    metadata: {
      ...chatMetadata(chat),
      annotations: { ...annotations, [namesAnnotation]: Object.keys(annotations).sort().join(' ') },
    },
    spec: {
      ingressClassName: className,
      tls: tlsSecretName === undefined ? undefined : [{ hosts: [host], secretName: tlsSecretName }],
      rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service } }] } }],
    },
  };
}

/** The way in by a gateway; nothing when the spec asks for none. */
export function chatRoute(chat: ChatModel): HTTPRoute | undefined {
  const { httpRoute } = chat.spec.expose ?? {};
  if (!httpRoute) return undefined;
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: chatMetadata(chat),
    spec: {
      // By name, so that what is taken away makes a difference to what is there.
      parentRefs: httpRoute.parentRefs.map(({ name, namespace, sectionName }) => ({ name, namespace, sectionName })),
      hostnames: httpRoute.hostnames,
      rules: [{ backendRefs: [{ name: serviceName(chat), port: 80 }] }],
    },
  };
}

/** The address at which the outside reaches a service that is exposed. */
export function exposedUrl({ ingress, httpRoute }: Expose): string {
  if (ingress) return `${ingress.tlsSecretName === undefined ? 'http' : 'https'}://${ingress.host}`;
  return `${httpRoute?.scheme ?? 'https'}://${httpRoute?.hostnames[0] ?? ''}`;
}
