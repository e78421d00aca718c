// Says what a file looks like when it is not what it was given for: "starts with a PNG signature".
// It recognises only the mistakes people make with tokenizer files; it never decides how a file is read.

const SIGNATURES: readonly (readonly [signature: readonly number[], looksLike: string])[] = [
  [[0x89, 0x50, 0x4e, 0x47], 'starts with a PNG signature'],
  [[0xff, 0xd8, 0xff], 'starts with a JPEG signature'],
  [[0x25, 0x50, 0x44, 0x46], 'starts with a PDF signature'],
  [[0x50, 0x4b, 0x03, 0x04], 'starts with a ZIP signature (a PyTorch checkpoint is a ZIP file)'],
  [[0x1f, 0x8b], 'starts with a gzip signature'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'starts with a Zstandard signature'],
  [[0x47, 0x47, 0x55, 0x46], 'starts with a GGUF signature'],
];

/** Bytes looked at to tell text from binary data. */
const SAMPLE_BYTES = 512;

/**
 * What the first bytes look like, as the end of a sentence, or `undefined` when they look like nothing known.
 *
 * @example
 * ```ts
 * describeSignature(new Uint8Array([0x89, 0x50, 0x4e, 0x47])); // 'starts with a PNG signature'
 * describeSignature(new TextEncoder().encode('{"version": "1.0"}')); // 'is JSON text'
 * ```
 */
export function describeSignature(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return 'is empty (0 bytes)';
  for (const [signature, looksLike] of SIGNATURES) {
    if (signature.every((byte, i) => bytes[i] === byte)) return looksLike;
  }
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  // A safetensors file opens with a u64 header length and the header's "{".
  if (sample[8] === 0x7b && sample[9] === 0x22 && sample[6] === 0 && sample[7] === 0) return 'is a safetensors file';
  const text = asText(sample);
  if (text === undefined) return undefined;
  const start = text.trimStart();
  if (start.startsWith('version https://git-lfs')) return 'is a Git LFS pointer, not the file itself';
  if (/^<(!doctype html|html)/i.test(start)) return 'is an HTML page';
  if (/^[{[]/.test(start)) return 'is JSON text';
  return `is text, starting with ${JSON.stringify([...text].slice(0, 24).join(''))}`;
}

// Text is UTF-8 without control characters; a character cut off at the end of the sample is forgiven.
function asText(sample: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: true });
    return text.length > 0 && !/[\x00-\x08\x0b\x0e-\x1f\x7f]/.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}
