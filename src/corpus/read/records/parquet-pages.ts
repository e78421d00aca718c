// What the pages of a Parquet column promise, checked before hyparquet makes room for it: a page of forty bytes may say that one
// value is repeated two thousand million times, which ends the process. Checked are numbers of values, the runs of levels and
// dictionary indexes, and how much of the text before it a text repeats; not the values themselves. Spec: Encodings.md of
// apache/parquet-format, RLE/bit-packing hybrid and delta strings.
import type { AsyncBuffer, CompressionCodec, Compressors, FileMetaData, RowGroup, SchemaTree } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js';
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js';
import { getMaxDefinitionLevel, getMaxRepetitionLevel, getSchemaPath } from 'hyparquet/src/schema.js';
import { readVarInt } from 'hyparquet/src/thrift.js';
import { InputError } from '../../../errors.ts';

/** Values of a column in one row group, which are in memory together: about a gigabyte. */
const MAX_VALUES = 1 << 23;
/** Bytes of a page when unpacked. */
const MAX_PAGE_BYTES = 1 << 30;
/** Bytes that the texts of a column in one row group may repeat of those before them. */
const MAX_REPEATED_BYTES = 1 << 30;

interface Reader {
  readonly view: DataView;
  offset: number;
}

/** What is read of a row group. */
interface ReadColumns {
  readonly metadata: FileMetaData;
  /** Names of columns; those within a struct or a list are read with it. */
  readonly columns: readonly string[];
  readonly compressors: Compressors;
  /** Name of the file in messages. */
  readonly shown: string;
}

/**
 * Checks the pages of a row group's columns.
 *
 * @throws InputError when there are more values than may be read, Error when a page contradicts itself
 */
export async function checkPages(
  file: AsyncBuffer,
  group: RowGroup,
  { metadata, columns, compressors, shown }: ReadColumns,
): Promise<void> {
  for (const { meta_data: column } of group.columns) {
    if (column === undefined || !columns.includes(column.path_in_schema[0]!)) continue;
    const start = Number(column.dictionary_page_offset || column.data_page_offset);
    const bytes = await file.slice(start, start + Number(column.total_compressed_size));
    const path = getSchemaPath(metadata.schema, column.path_in_schema);
    checkColumn(bytes, column.codec, { path, compressors, shown });
  }
}

function checkColumn(
  bytes: ArrayBuffer,
  codec: CompressionCodec,
  { path, compressors, shown }: Pick<ReadColumns, 'compressors' | 'shown'> & { readonly path: SchemaTree[] },
): void {
  const reader: Reader = { view: new DataView(bytes), offset: 0 };
  const maxDefinition = getMaxDefinitionLevel(path);
  const levelWidths = [getMaxRepetitionLevel(path), maxDefinition].map(widthOf);
  let values = 0;
  let repeated = 0;
  // As hyparquet: a byte that is left over is no page.
  while (reader.offset < bytes.byteLength - 1) {
    const header = parquetHeader(reader);
    const { uncompressed_page_size: unpacked, compressed_page_size: packed } = header;
    if (!(packed >= 0 && unpacked >= 0 && unpacked <= MAX_PAGE_BYTES)) {
      throw new Error(`a page has ${unpacked} bytes; at most ${MAX_PAGE_BYTES} are read`);
    }
    const data = new Uint8Array(bytes, reader.offset, packed);
    reader.offset += packed;
    const { data_page_header: one, data_page_header_v2: two } = header;
    const page = one ?? two ?? header.dictionary_page_header;
    const count = page?.num_values ?? 0;
    values += count;
    if (count < 0 || (two?.num_nulls ?? 0) < 0) throw new Error('a page has less than no values');
    if (values > MAX_VALUES) {
      throw new InputError(`${shown}: a row group has more than ${MAX_VALUES} values in a column`, {
        hint: 'Write the file again with smaller row groups.',
      });
    }
    if (one !== undefined) {
      const plain = readerOf(decompressPage(data, unpacked, codec, compressors));
      let present = one.num_values;
      for (const [i, width] of levelWidths.entries()) {
        if (width === 0) continue;
        const start = plain.offset;
        const end = start + 4 + plain.view.getUint32(start, true);
        plain.offset += 4;
        checkRuns(plain, width, one.num_values);
        if (i === 1 && one.encoding === 'DELTA_BYTE_ARRAY') {
          plain.offset = start;
          const levels = new Array<number>(one.num_values);
          readRleBitPackedHybrid(plain, width, levels);
          present = levels.filter((level) => level === maxDefinition).length;
        }
        plain.offset = end;
      }
      checkIndexes(plain, one.encoding, one.num_values);
      repeated += repeatedBytes(plain, one.encoding, present);
    } else if (two !== undefined) {
      const { repetition_levels_byte_length: repetition, definition_levels_byte_length: definition } = two;
      const levels = readerOf(data);
      if (levelWidths[0]! > 0) checkRuns(levels, levelWidths[0]!, two.num_values);
      levels.offset = repetition;
      if (levelWidths[1]! > 0) checkRuns(levels, levelWidths[1]!, two.num_values);
      const rest = data.subarray(repetition + definition);
      const size = unpacked - repetition - definition;
      const plain = two.is_compressed === false ? rest : decompressPage(rest, size, codec, compressors);
      const present = two.num_values - two.num_nulls;
      checkIndexes(readerOf(plain), two.encoding, present);
      repeated += repeatedBytes(readerOf(plain), two.encoding, present);
    }
    if (repeated > MAX_REPEATED_BYTES) {
      throw new InputError(
        `${shown}: the texts of a column in one row group repeat ${repeated} bytes of those before them; at most ${MAX_REPEATED_BYTES} are read`,
        { hint: 'Write the file again with smaller row groups.' },
      );
    }
  }
}

function checkIndexes(reader: Reader, encoding: string, values: number): void {
  if (!/DICTIONARY$/.test(encoding) || values === 0) return;
  const width = reader.view.getUint8(reader.offset++);
  if (width > 0) checkRuns(reader, width, values);
}

/** A delta string says how many bytes it shares with the string before it: a page of some bytes may hold terabytes. */
function repeatedBytes(reader: Reader, encoding: string, values: number): number {
  if (encoding !== 'DELTA_BYTE_ARRAY') return 0;
  const prefixes = new Int32Array(values);
  deltaBinaryUnpack(reader, values, prefixes);
  return prefixes.reduce((sum, length) => sum + Math.max(0, length), 0);
}

/** Runs of a page must not hold many more values than it promises: the last one may be filled up. */
function checkRuns(reader: Reader, width: number, values: number): void {
  let seen = 0;
  // Indexes are fewer than the values where some of these are missing.
  while (seen < values && reader.offset < reader.view.byteLength) {
    const header = readVarInt(reader);
    const isPacked = (header & 1) === 1;
    const count = isPacked ? (header >>> 1) * 8 : header >>> 1;
    seen += count;
    if (seen > 2 * values + 1024) throw new Error(`a page repeats ${seen} values where it has ${values}`);
    reader.offset += isPacked ? (header >>> 1) * width : (width + 7) >> 3;
  }
}

/** Bits of numbers up to `max`. */
function widthOf(max: number): number {
  return 32 - Math.clz32(max);
}

function readerOf({ buffer, byteOffset, byteLength }: Uint8Array): Reader {
  return { view: new DataView(buffer, byteOffset, byteLength), offset: 0 };
}
