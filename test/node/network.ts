/** Addresses of the node and of what it runs; the network is the node's own, so they clash with nothing but each other. */
export const network = {
  /** The end of the cable that this machine holds. */
  host: '10.199.0.1',
  node: '10.199.0.2',
  pods: '10.244.0.0/24',
} as const;

export const nodeName = 'wikigpt-node';
