import { objectCases } from './conformance/objects.ts';
import { podCases } from './conformance/pods.ts';

/** What every implementation of the port must do; `pods` needs a node that runs fixtures/container.ts as its image. */
export const conformance = { objects: objectCases, pods: podCases };
