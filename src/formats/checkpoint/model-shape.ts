// The shape of a model as its config.json tells it: what a vocabulary's rows are weighed against. Reads text, never weights.
// Parameters are counted for the families below only, whose layers are alike and dense; elsewhere they stay unknown.
// Spec: the config and modeling files of each family in huggingface/transformers 5.18; a test counts them there.
import { isObject } from '../../core/json-object.ts';

/** The parts of a model that a vocabulary changes, or is weighed against. */
export interface ModelShape {
  readonly name: string;
  readonly hiddenSize: number;
  /** Parameters of everything but the input embeddings and the LM head; null where they are not known. */
  readonly bodyParameters: number | null;
  readonly layers: number;
  /** Values of one layer's keys (or values) for one token: key-value heads times head size. */
  readonly keyValueSize: number;
  /** Matrices with a row for each piece: 2, or 1 where the LM head shares the input embeddings. */
  readonly matrices: 1 | 2;
  /** Bytes of a value. Default 2 (bfloat16). */
  readonly bytesPerValue?: number | undefined;
}

/** What the layers of a family have besides attention and a gated feed-forward block. */
interface Family {
  /** Norms of `hidden_size` in a layer. */
  readonly norms: number;
  /** Biases on queries, keys and values. */
  readonly hasQueryBias?: boolean;
  /** Norms of the head size on queries and keys. */
  readonly hasHeadNorms?: boolean;
  /** The LM head shares the input embeddings unless the file says otherwise. */
  readonly isTied?: boolean;
}

const FAMILIES: Readonly<Record<string, Family>> = {
  llama: { norms: 2 },
  mistral: { norms: 2 },
  phi3: { norms: 2 },
  qwen2: { norms: 2, hasQueryBias: true },
  qwen3: { norms: 2, hasHeadNorms: true },
  gemma: { norms: 2, isTied: true },
  gemma2: { norms: 4, isTied: true },
  gemma3_text: { norms: 4, hasHeadNorms: true, isTied: true },
};

const VALUE_BYTES: Readonly<Record<string, number>> = { float32: 4, float16: 2, bfloat16: 2 };

/**
 * The shape that a config.json tells; `undefined` where it tells none.
 *
 * @param name of the model, for tables
 * @example
 * ```ts
 * const config = '{"model_type":"qwen2","hidden_size":896,"num_hidden_layers":24,"intermediate_size":4864,' +
 *   '"num_attention_heads":14,"num_key_value_heads":2,"tie_word_embeddings":true}';
 * const shape = parseModelShape(config, 'Qwen2.5-0.5B');
 * [shape?.bodyParameters, shape?.matrices]; // [357898112, 1]
 * ```
 */
export function parseModelShape(text: string, name: string): ModelShape | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(json)) return undefined;
  // Models that see have their language part inside.
  const config = isObject(json.text_config) ? json.text_config : json;
  const sizeOf = (key: string): number | undefined => {
    const value = config[key];
    return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
  };
  const [hiddenSize, layers, heads] = ['hidden_size', 'num_hidden_layers', 'num_attention_heads'].map(sizeOf);
  if (hiddenSize === undefined || layers === undefined || heads === undefined) return undefined;
  const keyValueHeads = sizeOf('num_key_value_heads') ?? heads;
  const headSize = sizeOf('head_dim') ?? Math.floor(hiddenSize / heads);
  const family = typeof config.model_type === 'string' ? FAMILIES[config.model_type] : undefined;
  const inner = sizeOf('intermediate_size');
  const isTied = config.tie_word_embeddings ?? json.tie_word_embeddings ?? family?.isTied ?? false;
  const dtype = config.dtype ?? config.torch_dtype ?? json.dtype ?? json.torch_dtype;
  let bodyParameters: number | null = null;
  if (family !== undefined && inner !== undefined) {
    const [queries, keys] = [heads * headSize, keyValueHeads * headSize];
    const hasBias = config.attention_bias === true;
    const layer =
      hiddenSize * (2 * queries + 2 * keys) +
      3 * hiddenSize * inner +
      family.norms * hiddenSize +
      (family.hasQueryBias || hasBias ? queries + 2 * keys : 0) +
      (hasBias && !family.hasQueryBias ? hiddenSize : 0) +
      (config.mlp_bias === true ? 2 * inner + hiddenSize : 0) +
      (family.hasHeadNorms ? 2 * headSize : 0);
    bodyParameters = layers * layer + hiddenSize;
  }
  return {
    name,
    hiddenSize,
    bodyParameters,
    layers,
    keyValueSize: keyValueHeads * headSize,
    matrices: isTied === true ? 1 : 2,
    bytesPerValue: (typeof dtype === 'string' ? VALUE_BYTES[dtype] : undefined) ?? 2,
  };
}
