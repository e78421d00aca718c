// Recipes for training what is new, with the names of this checkpoint: a PEFT snippet that trains the new rows only, and the
// two stages of Chinese-LLaMA as JSON, in the keys of PEFT and of transformers' TrainingArguments. Nothing is trained here.
// Stages and values: Cui, Yang and Yao 2023, "Efficient and Effective Text Encoding for Chinese LLaMA and Alpaca".

import { counted } from '../core/counted.ts';
import type { RowMap } from '../core/row-map.ts';
import type { TensorSpec } from '../formats/checkpoint/safetensors-header.ts';
import type { VocabularyTensor } from './vocabulary-tensors.ts';

/** Input of {@link buildTrainingFiles}. */
export interface TrainingFilesOptions {
  readonly rowMap: RowMap;
  /** The resized tensors. */
  readonly vocabulary: readonly VocabularyTensor[];
  /** All tensors of the checkpoint, to find the linear layers. */
  readonly tensors: readonly TensorSpec[];
  /** True when input and output share one matrix. */
  readonly tied: boolean;
}

/** First id and the id behind the last one. */
export type IdRange = readonly [start: number, end: number];

/** Folder of the files in the result. */
const FOLDER = 'training';

/** LoRA as the published recipe has it. */
const LORA = { r: 8, lora_alpha: 32, lora_dropout: 0.05 } as const;

/** Share of the steps in which the learning rate rises. */
const WARMUP = 0.05;

/** The recipe files by name. Without new rows there is nothing to train and no file. */
export function buildTrainingFiles(options: TrainingFilesOptions): Map<string, string> {
  if (options.rowMap.new.length === 0) return new Map();
  return new Map([
    [`${FOLDER}/peft_new_tokens.py`, peftSnippet(options)],
    [`${FOLDER}/two_stage.json`, `${JSON.stringify(twoStages(options), null, 2)}\n`],
  ]);
}

/** Ids of the new rows as ranges. */
export function newIdRanges({ new: rows }: Pick<RowMap, 'new'>): IdRange[] {
  const ranges: [number, number][] = [];
  for (const id of rows.map((row) => row.id).sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === id) last[1] = id + 1;
    else ranges.push([id, id + 1]);
  }
  return ranges;
}

interface Names {
  /** Modules with a row for every token, the input first: `embed_tokens`, `lm_head`. */
  readonly matrices: readonly string[];
  /** Parameter names of the input embeddings. */
  readonly inputs: readonly string[];
  /** Linear modules of the layers, and those of them that belong to attention. */
  readonly linear: readonly string[];
  readonly attention: readonly string[];
}

function namesOf({ vocabulary, tensors, tied }: TrainingFilesOptions): Names {
  const moduleOf = (name: string): string => name.split('.').at(-2) ?? name;
  const matrices = vocabulary.filter(({ isBias }) => !isBias);
  const inputs = matrices.filter(({ role }) => role !== 'output');
  const outputs = matrices.filter(({ role }) => role === 'output');
  const taken = new Set(matrices.map(({ name }) => name));
  const layers = tensors.filter(
    ({ name, shape }) =>
      shape.length === 2 &&
      name.endsWith('.weight') &&
      /\.\d+\./.test(name) &&
      !/norm|ln_|embed/i.test(name) &&
      !taken.has(name),
  );
  const unique = (names: readonly string[]): string[] => [...new Set(names)];
  const attention = layers.filter(({ name }) => /attn|attention/i.test(name));
  const used = tied ? inputs : [...inputs, ...outputs];
  return {
    matrices: unique((used.length > 0 ? used : matrices).map(({ name }) => moduleOf(name))),
    inputs: inputs.map(({ name }) => name),
    linear: unique(layers.map(({ name }) => moduleOf(name))),
    attention: unique((attention.length > 0 ? attention : layers).map(({ name }) => moduleOf(name))),
  };
}

function peftSnippet(options: TrainingFilesOptions): string {
  const { matrices, linear } = namesOf(options);
  const ranges = newIdRanges(options.rowMap);
  const list = (names: readonly string[]): string => `[${names.map((name) => JSON.stringify(name)).join(', ')}]`;
  const ids = ranges.map(([start, end]) => `*range(${start}, ${end})`).join(', ');
  const count = options.rowMap.new.length;
  const tiedNote = options.tied ? ' Input and output share one matrix, PEFT trains it as one.' : '';
  return `# Trains the ${counted(count, 'new row')} and LoRA weights; the old rows keep their values. Needs PEFT 0.15 or later.
# Run it in the model's folder, or give from_pretrained that folder's path.${tiedNote}
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

new_tokens = [${ids}]

config = LoraConfig(
    task_type="CAUSAL_LM",
    r=${LORA.r},
    lora_alpha=${LORA.lora_alpha},
    lora_dropout=${LORA.lora_dropout},
    target_modules=${list(linear)},
    trainable_token_indices={${matrices.map((name) => `${JSON.stringify(name)}: new_tokens`).join(', ')}},
    # To train these matrices whole, old rows included, as Chinese-LLaMA does, take instead of the line above:
    # modules_to_save=${list(matrices)},
)

model = get_peft_model(AutoModelForCausalLM.from_pretrained("."), config)
model.print_trainable_parameters()
`;
}

function twoStages(options: TrainingFilesOptions): unknown {
  const { matrices, inputs, attention } = namesOf(options);
  // The published warmup is 5 % of the steps, here as their number: transformers 5 has no warmup_ratio any more.
  const steps = (count: number) => ({ max_steps: count, warmup_steps: Math.round(count * WARMUP) });
  const shared = {
    lr_scheduler_type: 'cosine',
    weight_decay: 0.01,
    per_device_train_batch_size: 8,
    gradient_accumulation_steps: 128,
    bf16: true,
  };
  return {
    format: 'vocab-merge/training-recipe',
    version: 1,
    source: 'Cui, Yang and Yao 2023, Efficient and Effective Text Encoding for Chinese LLaMA and Alpaca, 7B',
    note: 'A starting point: 1,024 sequences of 512 tokens a step, on however many devices there are.',
    new_token_ranges: newIdRanges(options.rowMap),
    block_size: 512,
    stages: [
      {
        name: 'embeddings',
        unfrozen_parameters: inputs.map((name) => `^${name.replaceAll('.', '\\.')}$`),
        training_arguments: { ...shared, learning_rate: 2e-4, ...steps(3000) },
      },
      {
        name: 'lora',
        lora_config: {
          peft_type: 'LORA',
          task_type: 'CAUSAL_LM',
          ...LORA,
          target_modules: attention,
          modules_to_save: matrices,
        },
        training_arguments: { ...shared, learning_rate: 1e-4, ...steps(6000) },
      },
    ],
  };
}
