import { crc32, deflateRawSync } from "node:zlib";

/** One entry of a crafted archive. */
export interface ArchiveEntry {
  readonly name: string;
  readonly data?: Buffer;
  /** Type flag of tar: "0" file (default), "5" folder, "1" hard link, "2" link, "3" device. */
  readonly type?: string;
  readonly link?: string;
  /** Length that the header claims. */
  readonly size?: number;
}

/** A tar archive, byte by byte: headers, data padded to 512. @param ending the two zero blocks. */
export function tar(entries: readonly ArchiveEntry[], ending: Buffer = Buffer.alloc(1024)): Buffer {
  return Buffer.concat([...entries.map(tarEntry), ending]);
}

function tarEntry({ name, data = Buffer.alloc(0), type = "0", link = "", size = data.length }: ArchiveEntry): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0, 100, "utf8");
  header.write("0004777\0", 100);
  header.write("0001750\0", 108);
  header.write("0001750\0", 116);
  header.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write(type, 156);
  header.write(link, 157, 100, "utf8");
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}

/** A pax header that gives the next entry a name that its own header has no room for. */
export function paxName(name: string): ArchiveEntry {
  const body = ` path=${name}\n`;
  let length = body.length;
  while (`${length}${body}`.length !== length) length = `${length}${body}`.length;
  return { name: "pax", type: "x", data: Buffer.from(`${length}${body}`) };
}

export interface ZipEntry {
  readonly name: string;
  readonly data?: Buffer;
  /** Unix mode with its type; 0: made on another system. */
  readonly mode?: number;
  readonly flags?: number;
  /** Length after inflation that the headers claim. */
  readonly size?: number;
}

/** A zip archive, byte by byte: local headers with deflated data, directory, end. */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data = Buffer.alloc(0), mode = 0, flags = 0x800, size = data.length } of entries) {
    const packed = deflateRawSync(data);
    const title = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(size, 18);
    common.writeUInt16LE(title.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), common, title, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    const madeBy = Buffer.from([20, mode === 0 ? 0 : 3]);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02", "latin1"), madeBy, common, tail, title]));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", 0, "latin1");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end]);
}
