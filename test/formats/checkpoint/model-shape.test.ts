// Shapes from config.json: published configurations with the parameters of their checkpoints, and files that tell none.
import { describe, expect, it } from 'vitest';
import { parseModelShape } from '../../../src/formats/checkpoint/model-shape.ts';

const shapeOf = (config: object) => parseModelShape(JSON.stringify(config), 'base');

const QWEN2_5_7B = {
  model_type: 'qwen2',
  hidden_size: 3584,
  num_hidden_layers: 28,
  intermediate_size: 18_944,
  num_attention_heads: 28,
  num_key_value_heads: 4,
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
};

describe('parseModelShape', () => {
  it('reads what rows cost and what they are weighed against', () => {
    const shape = shapeOf(QWEN2_5_7B)!;
    expect(shape).toMatchObject({ hiddenSize: 3584, layers: 28, keyValueSize: 512, matrices: 2, bytesPerValue: 2 });
    // The checkpoint has 7,615,616,512 parameters with 152,064 rows.
    expect(shape.bodyParameters! + 2 * 152_064 * 3584).toBe(7_615_616_512);
  });

  it('knows heads of a size of their own, shared embeddings and wide values', () => {
    const gemma2 = {
      model_type: 'gemma2',
      hidden_size: 2304,
      num_hidden_layers: 26,
      intermediate_size: 9216,
      num_attention_heads: 8,
      num_key_value_heads: 4,
      head_dim: 256,
      torch_dtype: 'float32',
    };
    const shape = shapeOf(gemma2)!;
    expect(shape).toMatchObject({ keyValueSize: 1024, matrices: 1, bytesPerValue: 4 });
    // Gemma 2 2B: 2,614,341,888 parameters with 256,000 rows.
    expect(shape.bodyParameters! + 256_000 * 2304).toBe(2_614_341_888);
  });

  it('reads the language part of a model that sees', () => {
    expect(shapeOf({ model_type: 'llava', text_config: QWEN2_5_7B })!.hiddenSize).toBe(3584);
  });

  it('counts no parameters of families it does not know', () => {
    const mixture = { ...QWEN2_5_7B, model_type: 'deepseek_v3' };
    expect(shapeOf(mixture)).toMatchObject({ hiddenSize: 3584, bodyParameters: null });
  });

  it.each([
    ['{', 'no JSON'],
    ['[]', 'no object'],
    ['{}', 'no sizes'],
    ['{"hidden_size":-1,"num_hidden_layers":2,"num_attention_heads":2}', 'a size below 1'],
    ['{"hidden_size":"8","num_hidden_layers":2,"num_attention_heads":2}', 'a size that is text'],
  ])('tells nothing of %s: %s', (text) => {
    expect(parseModelShape(text, 'base')).toBeUndefined();
  });
});
