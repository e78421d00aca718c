// model.safetensors.index.json: which shard holds which tensor. Parse, check against the shards' headers, update the totals.
// Keys that are not understood are kept as they are. Spec: the sharded checkpoints of Hugging Face transformers.
import { isObject } from '../../core/json-object.ts';
import { FormatError } from '../../errors.ts';
import { type TensorSpec, tensorBytes } from './safetensors-header.ts';

/** A parsed shard index. */
export interface SafetensorsIndex {
  /** The whole document, to be written back. */
  readonly document: Readonly<Record<string, unknown>>;
  /** Tensor name to shard file name, in the order of the file. */
  readonly weightMap: ReadonlyMap<string, string>;
  /** Shard file names, ascending. */
  readonly shards: readonly string[];
}

/**
 * Parses an index.
 *
 * @throws FormatError when it is no JSON object with a `weight_map` of file names; a name that leads to another folder is
 *   refused
 */
export function parseSafetensorsIndex(text: string, { source }: { readonly source: string }): SafetensorsIndex {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`${source}: is not JSON: ${(cause as Error).message}`, {
      cause,
      hint: 'Get the file again.',
    });
  }
  const map = isObject(document) ? document.weight_map : undefined;
  if (!isObject(document) || !isObject(map)) {
    throw new FormatError(`${source}: has no object "weight_map"`, { hint: 'Get the file again.' });
  }
  const weightMap = new Map<string, string>();
  for (const [tensor, file] of Object.entries(map)) {
    if (typeof file !== 'string' || file === '' || /[/\\\0]/.test(file) || file === '..' || file === '.') {
      throw new FormatError(`${source}: tensor ${JSON.stringify(tensor)} is placed in ${JSON.stringify(file)}`, {
        hint: 'A shard is named by its file name, in the same folder.',
      });
    }
    weightMap.set(tensor, file);
  }
  return { document, weightMap, shards: [...new Set(weightMap.values())].sort() };
}

/**
 * Text of an index for changed tensors: `metadata.total_size` is the bytes of all of them, `total_parameters` (where the
 * index has it) their elements. Everything else is kept.
 */
export function updateSafetensorsIndex(index: SafetensorsIndex, tensors: Iterable<TensorSpec>): string {
  let bytes = 0;
  let elements = 0;
  for (const tensor of tensors) {
    bytes += tensorBytes(tensor);
    elements += tensor.shape.reduce((product, size) => product * size, 1);
  }
  const old = isObject(index.document.metadata) ? index.document.metadata : {};
  const metadata = {
    ...old,
    total_size: bytes,
    ...('total_parameters' in old && { total_parameters: elements }),
  };
  return `${JSON.stringify({ ...index.document, metadata }, null, 2)}\n`;
}
