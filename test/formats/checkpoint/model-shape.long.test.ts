// The parameters that a shape counts are those of the model that transformers makes of the same config.json.
import { describe, expect, it } from 'vitest';
import { parseModelShape } from '../../../src/formats/checkpoint/model-shape.ts';
import { needsPython, runPython } from '../../python.ts';

const COUNT = `
import json, sys, torch
from transformers import AutoConfig, AutoModelForCausalLM
out = []
for settings in json.loads(sys.argv[1]):
    config = AutoConfig.for_model(**settings)
    with torch.device('meta'):
        model = AutoModelForCausalLM.from_config(config)
    out.append([sum(p.numel() for p in model.parameters()), config.to_json_string(use_diff=False)])
print(json.dumps(out))
`;

const SMALL = {
  vocab_size: 1000,
  hidden_size: 64,
  num_hidden_layers: 3,
  intermediate_size: 160,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  pad_token_id: 0,
};

const CONFIGS = [
  ...['llama', 'mistral', 'phi3', 'qwen2', 'qwen3', 'gemma', 'gemma2', 'gemma3_text'].map((model_type) => ({
    ...SMALL,
    model_type,
  })),
  { ...SMALL, model_type: 'llama', attention_bias: true, mlp_bias: true },
  { ...SMALL, model_type: 'qwen3', head_dim: 32, tie_word_embeddings: true },
  { ...SMALL, model_type: 'gemma2', head_dim: 8 },
];

describe('parameters of a shape', needsPython, () => {
  it('are those that transformers makes', () => {
    const counted = runPython(COUNT, [JSON.stringify(CONFIGS)]) as [number, string][];
    for (const [i, [parameters, json]] of counted.entries()) {
      const shape = parseModelShape(json, 'small')!;
      const rows = SMALL.vocab_size * SMALL.hidden_size * shape.matrices;
      expect([CONFIGS[i]!.model_type, shape.bodyParameters! + rows]).toEqual([CONFIGS[i]!.model_type, parameters]);
    }
  });
});
