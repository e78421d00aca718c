// Ids as a Parquet file, by hyparquet-writer: one column `input_ids` of lists of int32, which Hugging Face's datasets and Arrow read.
// A row group is written as soon as it is full, so that memory does not grow with the file.
import type { EncodedTexts } from '../threads/encode-batch-thread.ts';

/** Ids of a row group, at least: half a megabyte in the file, and tens of them while it is made. */
const GROUP_IDS = 1 << 18;

/** The file, row group by row group. */
export async function* parquetChunks(
  blocks: AsyncIterable<Pick<EncodedTexts, 'ids' | 'idStarts'>>,
): AsyncGenerator<Uint8Array> {
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer');
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({
    writer,
    createdBy: 'vocab-merge',
    // Packed by a dictionary, ids become a hundredth smaller by compression.
    codec: 'UNCOMPRESSED',
    schema: [
      { name: 'root', num_children: 1 },
      { name: 'input_ids', repetition_type: 'REQUIRED', converted_type: 'LIST', num_children: 1 },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', type: 'INT32', repetition_type: 'REQUIRED' },
    ],
  });
  const takeBytes = (): Uint8Array => {
    const bytes = new Uint8Array(writer.buffer.slice(0, writer.index));
    writer.index = 0;
    return bytes;
  };
  let rows: number[][] = [];
  let ids = 0;
  const writeGroup = (): void => {
    parquet.write({ columnData: [{ name: 'input_ids', data: rows }], rowGroupSize: rows.length });
    rows = [];
    ids = 0;
  };
  for await (const { ids: all, idStarts } of blocks) {
    for (let i = 1; i < idStarts.length; i++) rows.push(Array.from(all.subarray(idStarts[i - 1]!, idStarts[i]!)));
    ids += all.length;
    if (ids < GROUP_IDS) continue;
    writeGroup();
    yield takeBytes();
  }
  if (rows.length > 0) writeGroup();
  parquet.finish();
  yield takeBytes();
}
