/** Writes one protobuf message; nested messages are writers too, and large payloads are referenced until the one final copy. */
export interface ProtobufWriter {
  readonly integer: (field: number, value: number | bigint) => ProtobufWriter;
  readonly float: (field: number, value: number) => ProtobufWriter;
  readonly text: (field: number, value: string) => ProtobufWriter;
  readonly bytes: (field: number, value: Uint8Array) => ProtobufWriter;
  readonly message: (field: number, value: ProtobufWriter) => ProtobufWriter;
  readonly length: number;
  readonly parts: readonly Uint8Array[];
  readonly finish: () => Uint8Array;
}

const wire = { varint: 0, lengthDelimited: 2, fixed32: 5 } as const;
const utf8 = new TextEncoder();

function varint(value: number | bigint): number[] {
  // Negative numbers are written as 64-bit two's complement.
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}

export function createProtobufWriter(): ProtobufWriter {
  const parts: Uint8Array[] = [];
  let length = 0;

  function append(part: Uint8Array): void {
    parts.push(part);
    length += part.length;
  }
  function head(field: number, type: number, ...rest: number[]): void {
    append(Uint8Array.from([...varint((field << 3) | type), ...rest]));
  }

  const writer: ProtobufWriter = {
    get length() {
      return length;
    },
    parts,
    integer(field, value) {
      head(field, wire.varint, ...varint(value));
      return writer;
    },
    float(field, value) {
      head(field, wire.fixed32, ...new Uint8Array(Float32Array.of(value).buffer));
      return writer;
    },
    text: (field, value) => writer.bytes(field, utf8.encode(value)),
    bytes(field, value) {
      head(field, wire.lengthDelimited, ...varint(value.length));
      append(value);
      return writer;
    },
    message(field, value) {
      head(field, wire.lengthDelimited, ...varint(value.length));
      for (const part of value.parts) append(part);
      return writer;
    },
    finish() {
      const whole = new Uint8Array(length);
      let offset = 0;
      for (const part of parts) {
        whole.set(part, offset);
        offset += part.length;
      }
      return whole;
    },
  };
  return writer;
}
