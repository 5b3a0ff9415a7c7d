interface Rule {
  readonly apiGroups: readonly string[];
}

const scopes: Readonly<Record<string, 'own' | 'cluster'>> = {
  // The Lease lies beside the operator, whatever it watches.
  'coordination.k8s.io': 'own',
  // Tokens are reviewed in no namespace.
  'authentication.k8s.io': 'cluster',
};

/** The operator's rules by where they have to be granted: where it watches, where it runs, or in the cluster itself. */
export function roleRules<R extends Rule>(rules: readonly R[]): Readonly<Record<'watched' | 'own' | 'cluster', R[]>> {
  const scopeOf = ({ apiGroups }: R) => scopes[apiGroups[0] ?? ''] ?? 'watched';
  const of = (scope: string) => rules.filter((rule) => scopeOf(rule) === scope);
  return { watched: of('watched'), own: of('own'), cluster: of('cluster') };
}
