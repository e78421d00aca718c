// The .idx file beside a .bin file of ids, as Megatron-LM's indexed datasets have it: where each sequence is, and where
// documents end. Little-endian: 9 bytes of magic, version 1 (8 bytes), type of the ids (1), number of sequences (8), number of
// document ends (8); then the length of each sequence (4 each), its byte in the .bin file (8 each), and the document ends (8 each),
// counted in sequences and from 0 on. Source: the class _IndexReader of megatron/core/datasets/indexed_dataset.py.

/** Types by their codes in the file, of those that hold ids. */
const TYPE_CODES = { int32: 4, uint16: 8 } as const;

/** Types of ids that Megatron-LM has. */
export type MegatronType = keyof typeof TYPE_CODES;

/** The type that Megatron-LM takes for a vocabulary of this size. */
export function megatronTypeOf(vocabSize: number): MegatronType {
  return vocabSize < 65_500 ? 'uint16' : 'int32';
}

/**
 * The index of sequences that are a document each.
 *
 * @param lengths ids of each sequence, in runs
 */
export function* megatronIndex(
  type: MegatronType,
  lengths: readonly Uint32Array[],
): Generator<Uint8Array<ArrayBuffer>> {
  const count = lengths.reduce((sum, run) => sum + run.length, 0);
  const header = new DataView(new ArrayBuffer(34));
  'MMIDIDX\0\0'.split('').forEach((character, i) => {
    header.setUint8(i, character.charCodeAt(0));
  });
  header.setBigUint64(9, 1n, true);
  header.setUint8(17, TYPE_CODES[type]);
  header.setBigUint64(18, BigInt(count), true);
  header.setBigUint64(26, BigInt(count + 1), true);
  yield new Uint8Array(header.buffer);
  for (const run of lengths) yield new Uint8Array(Int32Array.from(run).buffer);
  yield* offsetsOf(lengths, type === 'uint16' ? 2 : 4);
  let ends = 0;
  yield new Uint8Array(8);
  for (const run of lengths) yield new Uint8Array(BigInt64Array.from(run, () => BigInt(++ends)).buffer);
}

/** Where sequences start, as int64 (8 bytes each): sums of their lengths times `unit`; without the end of the last. */
export function* offsetsOf(lengths: readonly Uint32Array[], unit: number): Generator<Uint8Array<ArrayBuffer>> {
  let place = 0;
  for (const run of lengths) {
    const offsets = new BigInt64Array(run.length);
    for (let i = 0; i < run.length; i++) {
      offsets[i] = BigInt(place);
      place += run[i]! * unit;
    }
    yield new Uint8Array(offsets.buffer);
  }
}
