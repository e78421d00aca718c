// The files of ids as NumPy reads them, and by the steps in which Megatron-LM's indexed datasets read an index.
import { describe, expect, it } from 'vitest';
import { openProgramFolder } from '../../cli/program.ts';
import { llama2, sampleLines } from '../../llama2.ts';
import { needsPython, runPython } from '../../python.ts';

const { folder, run } = openProgramFolder();

const READ = `
import json, struct, sys
import numpy
folder = sys.argv[1]
raw = numpy.memmap(folder + '/t.bin', dtype=numpy.uint16, mode='r')
array = numpy.load(folder + '/t.npy', mmap_mode='r')
starts = numpy.load(folder + '/t.starts.npy', mmap_mode='r')
with open(folder + '/m.idx', 'rb') as index:
    magic = index.read(9)
    (version,) = struct.unpack('<Q', index.read(8))
    (code,) = struct.unpack('<B', index.read(1))
    (count,) = struct.unpack('<Q', index.read(8))
    (documents,) = struct.unpack('<Q', index.read(8))
    place = index.tell()
data = open(folder + '/m.idx', 'rb').read()
lengths = numpy.frombuffer(data, dtype=numpy.int32, count=count, offset=place)
pointers = numpy.frombuffer(data, dtype=numpy.int64, count=count, offset=place + lengths.nbytes)
ends = numpy.frombuffer(data, dtype=numpy.int64, count=documents, offset=place + lengths.nbytes + pointers.nbytes)
assert place + lengths.nbytes + pointers.nbytes + ends.nbytes == len(data)
kind = {8: numpy.uint16, 4: numpy.int32}[code]
buffer = numpy.memmap(folder + '/m.bin', dtype=numpy.uint8, mode='r')
sequences = [numpy.frombuffer(buffer, dtype=kind, count=n, offset=p).tolist() for n, p in zip(lengths, pointers)]
print(json.dumps({
    'raw': raw.tolist(), 'types': [str(array.dtype), str(starts.dtype)], 'magic': magic.decode('latin1'), 'version': version,
    'texts': [array[a:b].tolist() for a, b in zip(starts[:-1], starts[1:])], 'sequences': sequences, 'ends': ends.tolist(),
}))
`;

describe('files of ids', () => {
  it('are read by NumPy and by the layout of Megatron-LM', needsPython, async () => {
    const wanted = sampleLines.map((text) => llama2.tokenizer.encode(text, { addEos: true }));
    for (const [format, out] of [
      ['bin', 't'],
      ['npy', 't'],
      ['megatron', 'm'],
    ] as const) {
      const { code, err } = await run(
        ['encode', '--tokenizer', 'llama2', '--eos', '--format', format, '--out', out, '--force'],
        `${sampleLines.join('\n')}\n`,
      );
      expect(code, err).toBe(0);
    }
    const read = runPython(READ, [folder]) as Record<string, unknown>;
    expect(read).toEqual({
      raw: wanted.flat(),
      types: ['uint16', 'int64'],
      magic: 'MMIDIDX\0\0',
      version: 1,
      texts: wanted,
      sequences: wanted,
      ends: [0, ...wanted.map((_, i) => i + 1)],
    });
  });
});
