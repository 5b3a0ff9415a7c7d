/** Turns tokens into text as they come, giving out only what later tokens cannot change. */
export interface TextStream {
  /** The text that became certain with this token, often empty. */
  push(token: number): string;
  /** The rest, once no token follows; a broken character becomes U+FFFD. */
  end(): string;
  /** True from the token that completed a stop string; its text ends right before that string. */
  readonly stopped: boolean;
}

// An emoji may go on (skin tone, joiner, second half of a flag), so a trailing one waits for the next character.
const openEmoji = /(?:\p{Extended_Pictographic}|\p{Regional_Indicator}|\p{Emoji_Modifier}|\u200d|\ufe0f)+$/u;

/** Streams the bytes of tokens (`tokenBytes` gives none for special tokens) as whole characters, up to any of `stops`. */
export function createTextStream(tokenBytes: (token: number) => Uint8Array, stops: readonly string[]): TextStream {
  // ignoreBOM keeps U+FEFF in the text instead of dropping it.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let pending = '';
  let stopped = false;

  const release = (keep: number): string => {
    const text = pending.slice(0, pending.length - keep);
    pending = pending.slice(pending.length - keep);
    return text;
  };
  const cutAtStop = (): boolean => {
    const at = stops.map((stop) => pending.indexOf(stop)).filter((index) => index >= 0);
    if (at.length === 0) return false;
    pending = pending.slice(0, Math.min(...at));
    stopped = true;
    return true;
  };

  return {
    get stopped() {
      return stopped;
    },
    push(token) {
      if (stopped) return '';
      pending += decoder.decode(tokenBytes(token), { stream: true });
      if (cutAtStop()) return release(0);
      return release(Math.max(openEmoji.exec(pending)?.[0].length ?? 0, startedStop(pending, stops)));
    },
    end() {
      if (stopped) return '';
      pending += decoder.decode();
      cutAtStop();
      return release(0);
    },
  };
}

/** Length of the longest end of `text` that begins one of `stops`. */
function startedStop(text: string, stops: readonly string[]): number {
  let longest = 0;
  for (const stop of stops)
    for (let length = Math.min(stop.length - 1, text.length); length > longest; length--)
      if (text.endsWith(stop.slice(0, length))) longest = length;
  return longest;
}
