// Headers that lie: whatever the file says, the answer is one FormatError that names the tensor and the limit.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError, OptionError } from '../../../src/errors.ts';
import {
  buildSafetensorsHeader,
  DTYPE_BITS,
  parseHeaderLength,
  parseSafetensorsHeader,
  type TensorSpec,
} from '../../../src/formats/checkpoint/safetensors-header.ts';

const source = 'model.safetensors';

/** Parses a header whose file has `dataSize` bytes of data behind it. */
function parse(header: unknown, dataSize: number) {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  return parseSafetensorsHeader(json, { fileSize: 8 + json.length + dataSize, source });
}

function refusal(header: unknown, dataSize: number): string {
  try {
    parse(header, dataSize);
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    expect((error as FormatError).hint).toBeTruthy();
    return (error as FormatError).message;
  }
  return expect.unreachable('it was not refused');
}

const tensor = (start: number, end: number, rest: object = {}) => ({
  dtype: 'F32',
  shape: [(end - start) / 4],
  data_offsets: [start, end],
  ...rest,
});

describe('parseSafetensorsHeader', () => {
  it('reads tensors in the order of their data, empty ones and scalars too', () => {
    const header = parse(
      {
        b: tensor(8, 16),
        a: tensor(0, 8),
        none: tensor(8, 8, { shape: [0, 5] }),
        one: { dtype: 'BF16', shape: [], data_offsets: [16, 18] },
        __metadata__: { format: 'pt' },
      },
      18,
    );
    expect(header.tensors.map(({ name }) => name)).toEqual(['a', 'none', 'b', 'one']);
    expect(header.metadata).toEqual({ format: 'pt' });
    expect(header.dataSize).toBe(18);
  });

  it('names the tensor that overlaps, is out of the file, or leaves a hole', () => {
    expect(refusal({ a: tensor(0, 8), b: tensor(4, 12) }, 12)).toBe(
      'model.safetensors: tensor "b" starts at byte 4, inside tensor "a", which ends at 8',
    );
    expect(refusal({ a: tensor(0, 8), b: tensor(8, 16) }, 12)).toBe(
      'model.safetensors: tensor "b" ends at byte 16 of the data, the file has 12',
    );
    expect(refusal({ a: tensor(0, 8), b: tensor(12, 16) }, 16)).toContain(
      'bytes 8 to 12 of the data belong to no tensor',
    );
    expect(refusal({ a: tensor(0, 8) }, 16)).toContain('after the last tensor, "a"');
    expect(refusal({ a: tensor(8, 0, { shape: [1] }) }, 8)).toContain('tensor "a" has data_offsets [8,0]');
  });

  it('refuses shapes and offsets that overflow, are no whole numbers, or do not fit the length', () => {
    const huge = { dtype: 'F32', shape: [2 ** 40, 2 ** 40], data_offsets: [0, 8] };
    expect(refusal({ a: huge }, 8)).toBe(
      'model.safetensors: tensor "a": its shape [1099511627776, 1099511627776] overflows',
    );
    const wraps = '{"a":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]}}';
    expect(refusal(wraps, 4)).toContain('tensor "a" has the shape');
    expect(refusal('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551620]}}', 4)).toContain('"a"');
    expect(refusal({ a: tensor(0, 8, { shape: [3] }) }, 8)).toBe(
      'model.safetensors: tensor "a" has 8 bytes, F32 of shape [3] needs 12',
    );
    expect(refusal({ a: tensor(0, 8, { shape: [-2] }) }, 8)).toContain('"a" has the shape [-2]');
    expect(refusal({ a: tensor(0, 8, { shape: [0.5, 4] }) }, 8)).toContain('"a" has the shape');
    expect(refusal({ a: tensor(0, 8, { shape: '2' }) }, 8)).toContain('"a" has the shape "2"');
    expect(refusal({ a: tensor(0, 8, { data_offsets: [0] }) }, 8)).toContain('"a" has data_offsets [0]');
  });

  it('refuses unknown dtypes, also those with the names of object members', () => {
    for (const dtype of ['F128', 'toString', '__proto__', 7, null]) {
      expect(refusal({ a: tensor(0, 8, { dtype }) }, 8)).toContain(
        `"a" has the unknown dtype ${JSON.stringify(dtype)}`,
      );
    }
  });

  it('refuses a name that occurs twice, however it is escaped, and nothing else that looks like it', () => {
    const entry = JSON.stringify(tensor(0, 8));
    expect(refusal(`{"a": ${entry}, "a": ${entry}}`, 8)).toContain('its header describes "a" twice');
    expect(refusal(`{"\\u0061": ${entry}, "a": ${entry}}`, 8)).toContain('its header describes "a" twice');
    const same = { __metadata__: { a: 'a":{[', b: '"a":' }, a: tensor(0, 8), shape: tensor(8, 16) };
    expect(parse(same, 16).tensors.map(({ name }) => name)).toEqual(['a', 'shape']);
  });

  it('refuses what is no header', () => {
    expect(refusal('[]', 0)).toContain('no object');
    expect(refusal('{"a":', 0)).toContain('is not JSON');
    expect(refusal({ a: 5 }, 0)).toContain('tensor "a" is described by 5');
    expect(refusal({ __metadata__: { a: 1 } }, 0)).toContain('__metadata__');
  });

  it('never throws anything else, and what it accepts covers the data without gaps', () => {
    const offsets = fc.tuple(fc.nat(40), fc.nat(40));
    const entry = fc.record({
      dtype: fc.oneof(fc.constantFrom(...Object.keys(DTYPE_BITS)), fc.string({ maxLength: 3 })),
      shape: fc.array(fc.nat(6), { maxLength: 3 }),
      data_offsets: offsets,
    });
    fc.assert(
      fc.property(fc.dictionary(fc.string({ maxLength: 4 }), entry, { maxKeys: 4 }), fc.nat(40), (header, size) => {
        try {
          const { tensors } = parse(header, size);
          let end = 0;
          for (const each of tensors) {
            expect(each.start).toBe(end);
            end = each.end;
          }
          expect(end).toBe(size);
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      }),
    );
  });
});

describe('parseHeaderLength', () => {
  const prefix = (length: bigint): Uint8Array => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, length, true);
    return bytes;
  };

  it('checks the length before anybody allocates', () => {
    expect(parseHeaderLength(prefix(16n), { fileSize: 24, source })).toBe(16);
    expect(() => parseHeaderLength(prefix(17n), { fileSize: 24, source })).toThrow(
      'its header ends at byte 25, the file has 24',
    );
    expect(() => parseHeaderLength(prefix(2n ** 63n), { fileSize: 24, source })).toThrow('the limit is 100000000');
    expect(() => parseHeaderLength(new Uint8Array(3), { fileSize: 3, source })).toThrow('has 3 bytes');
    expect(() => parseHeaderLength(new Uint8Array(1), { fileSize: 1, source })).toThrow('has 1 byte, a safetensors');
  });

  it('knows a Git LFS pointer', () => {
    const pointer = new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\n');
    expect(() => parseHeaderLength(pointer.subarray(0, 8), { fileSize: 134, source })).toThrow('is a Git LFS pointer');
  });
});

describe('buildSafetensorsHeader', () => {
  const specs = fc.uniqueArray(
    fc.record({
      name: fc.string({ minLength: 1, maxLength: 6 }).filter((name) => name !== '__metadata__' && name !== '__proto__'),
      dtype: fc.constantFrom('F64', 'F32', 'BF16', 'F16', 'F8_E4M3', 'I8', 'BOOL', 'I64'),
      shape: fc.array(fc.nat(4), { maxLength: 3 }),
    }),
    { selector: ({ name }) => name, maxLength: 8 },
  );

  it('is read back: the same tensors, aligned data, whole elements', () => {
    fc.assert(
      fc.property(specs, fc.option(fc.dictionary(fc.constantFrom('format', 'x'), fc.string())), (list, metadata) => {
        const built = buildSafetensorsHeader(list as TensorSpec[], metadata ?? undefined);
        const context = { fileSize: built.dataStart + built.dataSize, source };
        expect(parseHeaderLength(built.bytes.subarray(0, 8), context)).toBe(built.bytes.length - 8);
        const parsed = parseSafetensorsHeader(built.bytes.subarray(8), context);
        const byName = (a: TensorSpec, b: TensorSpec): number => (a.name < b.name ? -1 : 1);
        expect([...parsed.tensors].sort(byName)).toEqual([...built.tensors].sort(byName));
        expect(built.dataStart % 8).toBe(0);
        for (const { dtype, start } of built.tensors) expect((start * 8) % DTYPE_BITS[dtype]!).toBe(0);
        expect(new Set(built.tensors.map(({ name }) => name))).toEqual(new Set(list.map(({ name }) => name)));
      }),
    );
  });

  it('refuses two tensors of one name', () => {
    const spec = { name: 'a', dtype: 'F32', shape: [1] };
    expect(() => buildSafetensorsHeader([spec, spec])).toThrow(OptionError);
  });
});
