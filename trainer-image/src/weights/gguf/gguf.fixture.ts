/** Metadata for a test file: numbers as float32 or, where whole, uint32; lists of one kind. */
export type FixtureValue = number | boolean | string | readonly (number | string)[];

const utf8 = new TextEncoder();

/** The bytes of a GGUF file with F32 tensors; shapes have the rows first. */
export function ggufBytes(
  metadata: Readonly<Record<string, FixtureValue>>,
  tensors: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>>,
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const put = (size: number, write: (view: DataView) => void): void => {
    const bytes = new Uint8Array(size);
    write(new DataView(bytes.buffer));
    parts.push(bytes);
  };
  const u32 = (value: number): void => put(4, (view) => view.setUint32(0, value, true));
  const u64 = (value: number): void => put(8, (view) => view.setBigUint64(0, BigInt(value), true));
  const text = (value: string): void => {
    const bytes = utf8.encode(value);
    u64(bytes.length);
    parts.push(bytes);
  };
  const kindOf = (value: FixtureValue): number =>
    typeof value === 'boolean'
      ? 7
      : typeof value === 'string'
        ? 8
        : typeof value === 'object'
          ? 9
          : whole(value)
            ? 4
            : 6;
  const content = (value: FixtureValue): void => {
    if (typeof value === 'boolean') parts.push(Uint8Array.of(value ? 1 : 0));
    else if (typeof value === 'string') text(value);
    else if (typeof value !== 'object')
      put(4, (view) => (whole(value) ? view.setUint32(0, value, true) : view.setFloat32(0, value, true)));
    else {
      u32(kindOf(value[0] ?? 0));
      u64(value.length);
      value.forEach(content);
    }
  };
  parts.push(utf8.encode('GGUF'));
  u32(3);
  u64(Object.keys(tensors).length);
  u64(Object.keys(metadata).length);
  for (const [key, value] of Object.entries(metadata)) {
    text(key);
    u32(kindOf(value));
    content(value);
  }
  let offset = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    text(name);
    u32(shape.length);
    shape.toReversed().forEach(u64);
    u32(0);
    u64(offset);
    offset += Math.ceil(data.byteLength / 32) * 32;
  }
  const padded = (bytes: Uint8Array): Uint8Array => {
    const whole = new Uint8Array(Math.ceil(bytes.length / 32) * 32);
    whole.set(bytes);
    return whole;
  };
  const blocks = Object.values(tensors).map(({ data }) =>
    padded(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  );
  return Uint8Array.from(Buffer.concat([padded(Buffer.concat(parts)), ...blocks]));
}

const whole = (value: number): boolean => Number.isInteger(value) && value >= 0;
