import { TrainerError } from '../../errors.ts';

/** The text of UTF-8 bytes without a byte order mark, or null when they are in another encoding. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** The text of a whole file; fails with DataInvalid in another encoding. */
export function decodeFile(bytes: Uint8Array, name: string): string {
  const text = decodeUtf8(bytes);
  if (text === null)
    throw new TrainerError(
      'DataInvalid',
      `${name} is not UTF-8 text; save it as UTF-8 (in a spreadsheet: "CSV UTF-8") and try again.`,
    );
  return text;
}
