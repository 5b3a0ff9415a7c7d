/** The one port of our pods: a server answers there, and a trainer's metrics are asked for there. */
export const httpPort = { name: 'http', containerPort: 8080 } as const;
