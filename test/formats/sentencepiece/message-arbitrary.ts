// Random messages of a .model file, for property tests.
import fc from 'fast-check';
import type { MessageSchema } from '../../../src/formats/sentencepiece/fields.ts';

/** Every field of the schema, each present or not; unknown fields are one extension (number 200). */
export function messageArbitrary(schema: MessageSchema): fc.Arbitrary<Record<string, unknown>> {
  const text = fc.string({ unit: 'binary', maxLength: 70 });
  const fields: Record<string, fc.Arbitrary<unknown>> = {};
  const required: string[] = [];
  for (const field of schema.fields) {
    const one = {
      string: () => text,
      bytes: () => fc.uint8Array({ maxLength: 300 }),
      bool: () => fc.boolean(),
      int32: () => fc.integer(),
      uint64: () => fc.maxSafeNat(),
      float: () => fc.float(),
      modelType: () => fc.constantFrom('unigram', 'bpe', 'word', 'char'),
      pieceType: () => fc.integer({ min: 1, max: 6 }),
      message: () => messageArbitrary(field.schema!),
    }[field.kind]() as fc.Arbitrary<unknown>;
    fields[field.key] = field.repeated ? fc.array(one, { minLength: 1, maxLength: 4 }) : one;
    if (field.key === 'pieces' || field.key === 'piece') required.push(field.key);
  }
  fields.unknownFields = fc.uint8Array({ minLength: 1, maxLength: 5 }).map((bytes) =>
    // tag of field 200, length-delimited, then the bytes
    Uint8Array.of(0xc2, 0x0c, bytes.length, ...bytes),
  );
  return fc.record(fields, { requiredKeys: required });
}
