import type { Container, PodSpec } from '../cluster/objects.ts';
import type { Mounted } from './mounts.ts';
import type { Settings } from './settings.ts';

/** What the Pod Security Standard `restricted` asks of a pod; the images name a user without rights themselves. */
export function podSecurity({ fsGroup }: Settings): Required<Pick<PodSpec, 'securityContext'>> {
  return {
    securityContext: {
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
      // Claims belong to root where their driver knows no groups; large ones are not walked through at every start.
      ...(fsGroup === undefined ? {} : { fsGroup, fsGroupChangePolicy: 'OnRootMismatch' as const }),
    },
  };
}

/** The same of its container, whose files nobody changes. */
export const containerSecurity: Required<Pick<Container, 'securityContext'>> = {
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  },
};

/** The one place beside its volumes where a program may write. */
export const scratchSpace: Mounted = {
  volumes: [{ name: 'tmp', emptyDir: {} }],
  volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
};
