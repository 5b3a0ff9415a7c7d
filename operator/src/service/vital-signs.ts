/** What is known of this process's life, in milliseconds of silence. */
export interface VitalSigns {
  readonly watches: readonly { readonly kind: string; readonly synced: boolean; readonly silentMs: number }[];
  /** Since the Lease was last read or written. */
  readonly leaseSilentMs: number;
  /** For how long there has been work and none of it has ended. */
  readonly stalledMs: number;
}

/** Why the process should be restarted; undefined while it lives. */
export function unhealthy({ watches, leaseSilentMs, stalledMs }: VitalSigns, limitMs: number): string | undefined {
  const silent = watches.find(({ silentMs }) => silentMs > limitMs);
  if (silent) return `the watch of ${silent.kind} has been silent for ${seconds(silent.silentMs)}`;
  if (Number.isFinite(leaseSilentMs) && leaseSilentMs > limitMs)
    return `the Lease has not been reached for ${seconds(leaseSilentMs)}`;
  if (stalledMs > limitMs) return `no work has ended for ${seconds(stalledMs)}`;
  return undefined;
}

/** Why the process cannot do its part, as leader or as standby: one that cannot reach its Lease can never lead. */
export function notReady({ watches, leaseSilentMs }: VitalSigns, limitMs: number): string | undefined {
  if (leaseSilentMs > limitMs) return 'the Lease cannot be reached';
  const behind = watches.find(({ synced }) => !synced);
  return behind ? `the list of ${behind.kind} has not come yet` : undefined;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
