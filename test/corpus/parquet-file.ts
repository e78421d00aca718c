// Parquet files of one column "text", whose pages are given byte by byte: for what no sound writer writes. Spec: the Thrift
// definitions of apache/parquet-format, in the compact protocol.

/** A page: what its header says, and its bytes. */
export interface ParquetPage {
  /** Values that the header promises. */
  readonly values: number;
  /** Length when unpacked that the header promises; default that of `data`. */
  readonly unpacked?: number;
  readonly data: Uint8Array;
  /** A dictionary page, whose values are plain; others may be of its indexes. */
  readonly isDictionary?: boolean;
  /** What the values are: themselves (the default), indexes into the dictionary, or differences to the value before. */
  readonly encoding?: 'PLAIN' | 'RLE_DICTIONARY' | 'DELTA_BYTE_ARRAY';
}

/** What the file says besides. */
export interface ParquetOptions {
  /** Rows that the file promises; default the values of its pages. */
  readonly rows?: number;
  /** Number of a codec: 0 none, 2 gzip, 6 zstd. */
  readonly codec?: number;
}

type Field = readonly [id: number, type: number, bytes: Uint8Array];

const [I32, I64, BINARY, LIST, STRUCT] = [5, 6, 8, 9, 12];

/** The file. */
export function parquetFile(pages: readonly ParquetPage[], { rows, codec = 0 }: ParquetOptions = {}): Uint8Array {
  const dataPages = pages.filter(({ isDictionary }) => !isDictionary);
  const count = rows ?? dataPages.reduce((sum, { values }) => sum + values, 0);
  const parts = pages.map((page) => Buffer.concat([pageHeader(page), page.data]));
  const body = Buffer.concat([Buffer.from('PAR1'), ...parts]);
  const dictionaryEnd = 4 + (pages[0]?.isDictionary ? parts[0]!.length : 0);
  const column = struct([
    [1, I32, int(6)],
    [2, LIST, list(I32, [int(0), int(8)])],
    [3, LIST, list(BINARY, [binary('text')])],
    [4, I32, int(codec)],
    [5, I64, int(count)],
    [6, I64, int(body.length - 4)],
    [7, I64, int(body.length - 4)],
    [9, I64, int(dictionaryEnd)],
    ...(dictionaryEnd > 4 ? [[11, I64, int(4)] as const] : []),
  ]);
  const chunk = struct([
    [2, I64, int(4)],
    [3, STRUCT, column],
  ]);
  const group = struct([
    [1, LIST, list(STRUCT, [chunk])],
    [2, I64, int(body.length - 4)],
    [3, I64, int(count)],
  ]);
  const root = struct([
    [4, BINARY, binary('schema')],
    [5, I32, int(1)],
  ]);
  const text = struct([
    [1, I32, int(6)],
    [3, I32, int(0)],
    [4, BINARY, binary('text')],
    [6, I32, int(0)],
  ]);
  const footer = struct([
    [1, I32, int(1)],
    [2, LIST, list(STRUCT, [root, text])],
    [3, I64, int(count)],
    [4, LIST, list(STRUCT, [group])],
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([body, footer, length, Buffer.from('PAR1')]);
}

function pageHeader({
  values,
  data,
  unpacked = data.length,
  isDictionary,
  encoding = 'PLAIN',
}: ParquetPage): Uint8Array {
  const said: Field[] = [
    [1, I32, int(values)],
    [2, I32, int({ PLAIN: 0, RLE_DICTIONARY: 8, DELTA_BYTE_ARRAY: 7 }[encoding])],
  ];
  const levels: Field[] = [
    [3, I32, int(3)],
    [4, I32, int(3)],
  ];
  return struct([
    [1, I32, int(isDictionary ? 2 : 0)],
    [2, I32, int(unpacked)],
    [3, I32, int(data.length)],
    isDictionary ? [7, STRUCT, struct(said)] : [5, STRUCT, struct([...said, ...levels])],
  ]);
}

/** Bits of a number, seven a byte. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return Uint8Array.from([...bytes, rest]);
}

const int = (value: number): Uint8Array => varint(value < 0 ? -2 * value - 1 : 2 * value);
const binary = (text: string): Uint8Array => Buffer.concat([varint(Buffer.byteLength(text)), Buffer.from(text)]);

function list(type: number, items: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([Buffer.of((items.length << 4) | type), ...items]);
}

function struct(fields: readonly Field[]): Uint8Array {
  let last = 0;
  const parts = fields.map(([id, type, bytes]) => {
    const head = Buffer.of(((id - last) << 4) | type);
    last = id;
    return Buffer.concat([head, bytes]);
  });
  return Buffer.concat([...parts, Buffer.of(0)]);
}
