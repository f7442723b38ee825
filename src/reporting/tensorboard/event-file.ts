import { createRequire } from "node:module";

/** What of google-protobuf's writer is used; the package has no types of its own. */
interface Writer {
  writeDouble(field: number, value: number): void;
  writeFloat(field: number, value: number): void;
  writeInt64(field: number, value: number): void;
  writeEnum(field: number, value: number): void;
  writeString(field: number, value: string): void;
  writeBytes(field: number, value: Uint8Array): void;
  writeBool(field: number, value: boolean): void;
  writeMessage(field: number, value: object, write: (value: object, writer: Writer) => void): void;
  getResultBuffer(): Uint8Array;
}
const { BinaryWriter } = createRequire(import.meta.url)("google-protobuf") as { BinaryWriter: new () => Writer };

/** A point of a curve. */
export interface Scalar {
  readonly tag: string;
  readonly value: number;
  readonly step: number;
  /** Seconds since 1970. */
  readonly wallTime: number;
}

/** What the hyper-parameter plugin shows of a run. */
export interface Session {
  readonly parameters: Readonly<Record<string, number | string | boolean>>;
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** What TensorBoard takes a file of events by. */
const FILE_VERSION = "brain.Event:2";
/** Of SessionEndInfo: STATUS_SUCCESS. */
const SUCCESS = 1;

/** An event file: TFRecords of TensorFlow's Event messages, as tensorboard's `event.proto`, `summary.proto` and the
 *  `plugin_data.proto` of its hyper-parameters have them. Scalars are `simple_value`, which every reader knows. */
export function eventFile(session: Session, scalars: Iterable<Scalar>): Uint8Array {
  const start = session.startSeconds;
  const parts = [record(message((event) => (event.writeDouble(1, start), event.writeString(3, FILE_VERSION))))];
  for (const [tag, data] of sessionData(session)) parts.push(record(summaryEvent(start, 0, hparams(tag, data))));
  for (const { tag, value, step, wallTime } of scalars) {
    const summary = (one: Writer): void => (one.writeString(1, tag), one.writeFloat(2, Math.fround(value)));
    parts.push(record(summaryEvent(wallTime, step, summary)));
  }
  return Buffer.concat(parts);
}

function message(write: (writer: Writer) => void): Uint8Array {
  const writer = new BinaryWriter();
  write(writer);
  return writer.getResultBuffer();
}

/** Writes a message inside another one. */
const nested = (writer: Writer, field: number, write: (inner: Writer) => void): void =>
  writer.writeMessage(field, {}, (_value, inner) => write(inner));

/** Event { wall_time = 1; step = 2; summary = 5 { value = 1 } }. */
const summaryEvent = (wallTime: number, step: number, value: (writer: Writer) => void): Uint8Array =>
  message((event) => {
    event.writeDouble(1, wallTime);
    event.writeInt64(2, step);
    nested(event, 5, (summary) => nested(summary, 1, value));
  });

/** Value { tag = 1; metadata = 9 { plugin_data = 1 { plugin_name = 1; content = 2 } } }. */
const hparams =
  (tag: string, content: Uint8Array) =>
  (value: Writer): void => {
    value.writeString(1, tag);
    nested(value, 9, (metadata) =>
      nested(metadata, 1, (data) => {
        data.writeString(1, "hparams");
        data.writeBytes(2, content);
      }),
    );
  };

/** HParamsPluginData { session_start_info = 3; session_end_info = 4 }, each under its tag; its version is 0. */
function sessionData({ parameters, startSeconds, endSeconds }: Session): [string, Uint8Array][] {
  const started = message((data) => {
    nested(data, 3, (info) => {
      for (const [name, value] of Object.entries(parameters))
        nested(info, 1, (entry) => {
          entry.writeString(1, name);
          nested(entry, 2, (held) => {
            if (typeof value === "number") held.writeDouble(2, value);
            else if (typeof value === "string") held.writeString(3, value);
            else held.writeBool(4, value);
          });
        });
      info.writeDouble(5, startSeconds);
    });
  });
  const ended = message((data) => {
    nested(data, 4, (info) => {
      info.writeEnum(1, SUCCESS);
      info.writeDouble(2, endSeconds);
    });
  });
  return [
    ["_hparams_/session_start_info", started],
    ["_hparams_/session_end_info", ended],
  ];
}

/** A TFRecord: length, its checksum, data, their checksum; little-endian.
 *  @internal Exported for tests. */
export function record(data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(data.length + 16);
  bytes.writeBigUInt64LE(BigInt(data.length), 0);
  bytes.writeUInt32LE(maskedCrc(bytes.subarray(0, 8)), 8);
  bytes.set(data, 12);
  bytes.writeUInt32LE(maskedCrc(data), data.length + 12);
  return bytes;
}

/** Rotated right by 15 bits, plus a constant: checksums of data that holds checksums stay apart (tensorflow/core/lib/hash/crc32c.h). */
function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** Castagnoli's polynomial, reflected; Node's own crc32 has another one. */
const TABLE = Uint32Array.from({ length: 256 }, (_zero, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

/** @internal Exported for tests. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
