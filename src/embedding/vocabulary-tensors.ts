// Which tensors of a checkpoint have a row for every token: embeddings, output heads and their biases, by name and shape.
// It sees names, dtypes and shapes only. Several names are one convention each; `--tensor` names what no convention covers.
import { counted } from '../core/counted.ts';
import { InputError } from '../errors.ts';
import type { TensorSpec } from '../formats/checkpoint/safetensors-header.ts';
import type { MatrixRole } from './rows/initial-weights.ts';

/** A tensor with one row for every token. */
export interface VocabularyTensor extends TensorSpec {
  readonly role: MatrixRole;
  /** Rows, the tensor's own padding included. */
  readonly rows: number;
  /** Elements of a row; 1 for a bias. */
  readonly hiddenSize: number;
  /** True for a vector of one number a token. */
  readonly isBias: boolean;
}

/** Result of {@link findVocabularyTensors}. */
export interface FoundTensors {
  /** In the order given. */
  readonly tensors: readonly VocabularyTensor[];
  /** Rows that they all have. */
  readonly rows: number;
  /** Tensors with as many rows and no known name: they stay as they are unless named. */
  readonly suspects: readonly TensorSpec[];
}

/** Input of {@link findVocabularyTensors}. */
export interface FindOptions {
  /** Names of further tensors to take, with a row for every token. */
  readonly names?: readonly string[];
  /** `tie_word_embeddings` of config.json, `undefined` when it does not say. */
  readonly tied?: boolean | undefined;
  /** Name of the checkpoint, for error messages. */
  readonly source: string;
}

/** Last parts of the names of input embeddings. */
const INPUT_NAME =
  /(^|\.)(embed_tokens|wte|word_embeddings|word_embedding|tok_embeddings|token_embedding|embed_in|shared|embeddings|emb)\.weight$/;
/** Last parts of the names of output heads and their biases. */
const OUTPUT_NAME =
  /(^|\.)(lm_head|embed_out|output_layer|predictions\.decoder|lm_head\.decoder|generator_lm_head)\.(weight|bias)$|^(output|head)\.(weight|bias)$|(^|\.)predictions\.bias$|(^|\.)lm_head\.bias$|(^|\.)final_logits_bias$/;
/** Matrices in other layouts or quantized: rows cannot be added to them. */
const QUANTIZED_NAME =
  /(^|\.)(lm_head|embed_tokens|wte|output)\.(qweight|qzeros|scales|weight_scale|weight_scale_inv|SCB)$/;

/**
 * Finds the vocabulary-sized tensors.
 *
 * @throws InputError naming the tensor: none is found, a named one does not exist, an embedding and a head have different
 *   numbers of rows, or a head is quantized
 * @example
 * ```ts
 * const { rows } = findVocabularyTensors(
 *   [{ name: 'model.embed_tokens.weight', dtype: 'BF16', shape: [32000, 4096] }],
 *   { source: 'model.safetensors' },
 * );
 * rows; // 32000
 * ```
 */
export function findVocabularyTensors(specs: readonly TensorSpec[], options: FindOptions): FoundTensors {
  const { names = [], tied, source } = options;
  for (const name of names) {
    if (!specs.some((spec) => spec.name === name)) {
      throw new InputError(`${source}: has no tensor ${JSON.stringify(name)}`, {
        hint: `It has ${specs.length}, such as ${specs
          .slice(0, 3)
          .map((spec) => spec.name)
          .join(', ')}.`,
      });
    }
  }
  const quantized = specs.find(({ name }) => QUANTIZED_NAME.test(name));
  if (quantized !== undefined) {
    throw new InputError(`${source}: tensor ${JSON.stringify(quantized.name)}: the matrix it belongs to is quantized`, {
      hint: 'Resize the checkpoint it was quantized from, then quantize the result.',
    });
  }
  const found = listVocabularyTensors(specs, names);
  for (const name of names) {
    if (found.some((tensor) => tensor.name === name)) continue;
    const { shape } = specs.find((spec) => spec.name === name)!;
    throw new InputError(`${source}: tensor ${JSON.stringify(name)} has the shape [${shape.join(', ')}]`, {
      hint: 'A tensor with a row for every token has one or two dimensions, the tokens first.',
    });
  }
  return checkRows(specs, found, { names, tied, source });
}

/**
 * The tensors whose names are those of embeddings, heads and their biases, and the ones in `names`, whatever their numbers
 * of rows: nothing is checked. `role` is by name alone, `input` or `output`.
 */
export function listVocabularyTensors(
  specs: readonly TensorSpec[],
  names: readonly string[] = [],
): readonly VocabularyTensor[] {
  return specs.flatMap((spec) => {
    const isOutput = OUTPUT_NAME.test(spec.name);
    if (!isOutput && !INPUT_NAME.test(spec.name) && !names.includes(spec.name)) return [];
    return asVocabularyTensor(spec, isOutput ? 'output' : 'input') ?? [];
  });
}

function asVocabularyTensor(spec: TensorSpec, role: MatrixRole): VocabularyTensor | undefined {
  const { shape } = spec;
  const isRowBias = shape.length === 2 && shape[0] === 1 && spec.name.endsWith('final_logits_bias');
  if (isRowBias) return { ...spec, role, rows: shape[1]!, hiddenSize: 1, isBias: true };
  if (shape.length === 2) return { ...spec, role, rows: shape[0]!, hiddenSize: shape[1]!, isBias: false };
  if (shape.length === 1) return { ...spec, role, rows: shape[0]!, hiddenSize: 1, isBias: true };
  return undefined;
}

function checkRows(
  specs: readonly TensorSpec[],
  found: readonly VocabularyTensor[],
  { names, tied, source }: Required<Pick<FindOptions, 'names' | 'source'>> & Pick<FindOptions, 'tied'>,
): FoundTensors {
  const inputs = found.filter((tensor) => tensor.role === 'input' && !tensor.isBias);
  const outputs = found.filter((tensor) => tensor.role === 'output' && !tensor.isBias);
  // Small embeddings may share a name ("encoder.embeddings.weight" of positions): the largest is the vocabulary's.
  const largest = [...(inputs.length > 0 ? inputs : outputs)].sort((a, b) => b.rows - a.rows)[0];
  if (largest === undefined) {
    throw new InputError(`${source}: has no tensor that looks like an embedding or an output head`, {
      hint: 'Name the tensors that have a row for every token with --tensor.',
    });
  }
  const rows = largest.rows;
  for (const tensor of found) {
    if (tensor.rows === rows) continue;
    if (tensor.role === 'input' && !names.includes(tensor.name)) continue;
    const isTurned = tensor.shape.at(-1) === rows;
    throw new InputError(
      `${source}: tensor ${JSON.stringify(tensor.name)} has the shape [${tensor.shape.join(', ')}], ` +
        `${JSON.stringify(largest.name)} has ${counted(rows, 'row')}`,
      {
        hint: isTurned
          ? 'It has a column for every token: transpose it first.'
          : names.includes(tensor.name)
            ? 'It was named as a tensor with a row for every token, and is none: leave it out.'
            : 'Both must have a row for every token; this checkpoint was resized only in part.',
      },
    );
  }
  const isTied = tied === true || (tied === undefined && outputs.length === 0);
  const tensors = found
    .filter((tensor) => tensor.rows === rows)
    .map((tensor) => (isTied && !tensor.isBias ? { ...tensor, role: 'tied' as const } : tensor));
  const taken = new Set(tensors.map(({ name }) => name));
  const suspects = specs.filter(
    ({ name, shape }) => !taken.has(name) && shape.length <= 2 && shape.length >= 1 && shape[0] === rows && rows > 1024,
  );
  return { tensors, rows, suspects };
}

/** The shape of a vocabulary tensor with another number of rows. */
export function resizedShape({ shape, rows }: VocabularyTensor, newRows: number): number[] {
  return shape.map((size, i) => (size === rows && (shape[0] === 1 ? i === 1 : i === 0) ? newRows : size));
}
