import { describe, expect, it } from 'vitest';
import { describeSignature } from '../../src/formats/file-signature.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);

describe('describeSignature', () => {
  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'is empty (0 bytes)'],
    ['PNG', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a), 'starts with a PNG signature'],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0), 'starts with a gzip signature'],
    ['GGUF', utf8('GGUF\u0003'), 'starts with a GGUF signature'],
    ['JSON', utf8('\n {"version": "1.0"}'), 'is JSON text'],
    ['HTML', utf8('<!DOCTYPE html><html></html>'), 'is an HTML page'],
    [
      'LFS',
      utf8('version https://git-lfs.github.com/spec/v1\noid sha256:00\n'),
      'is a Git LFS pointer, not the file itself',
    ],
    ['safetensors', utf8('\u0010\0\0\0\0\0\0\0{"a":1}'), 'is a safetensors file'],
    ['text', utf8('你好，世界'), 'is text, starting with "你好，世界"'],
  ])('recognises %s', (_name, bytes, expected) => {
    expect(describeSignature(bytes)).toBe(expected);
  });

  it('says nothing about bytes it does not know', () => {
    expect(describeSignature(Uint8Array.of(0x0a, 0x0e, 0x0a, 5, 0x3c, 0x75))).toBeUndefined();
  });

  it('forgives a character cut off at the end of its sample', () => {
    expect(describeSignature(utf8('中'.repeat(400)))).toMatch(/^is text/);
  });
});
