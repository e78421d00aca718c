import { describe, expect, it } from 'vitest';
import { buildTrainingFiles, newIdRanges } from '../../src/embedding/training-recipe.ts';
import { findVocabularyTensors } from '../../src/embedding/vocabulary-tensors.ts';
import { appendingMap } from '../checkpoints.ts';

const spec = (name: string, ...shape: number[]) => ({ name, dtype: 'BF16', shape });
const LAYERS = [
  spec('model.layers.0.self_attn.q_proj.weight', 8, 8),
  spec('model.layers.0.self_attn.v_proj.weight', 8, 8),
  spec('model.layers.0.mlp.up_proj.weight', 16, 8),
  spec('model.layers.0.input_layernorm.weight', 8),
  spec('model.layers.1.self_attn.q_proj.weight', 8, 8),
];

function files(head: boolean, sources: readonly (readonly number[])[] = [[1], [2], [3]]): Map<string, string> {
  const tensors = [spec('model.embed_tokens.weight', 7, 8), ...LAYERS, ...(head ? [spec('lm_head.weight', 7, 8)] : [])];
  const found = findVocabularyTensors(tensors, { source: 'x' });
  return buildTrainingFiles({ rowMap: appendingMap(7, sources), vocabulary: found.tensors, tensors, tied: !head });
}

describe('buildTrainingFiles', () => {
  it('writes a PEFT snippet with this model’s modules and ids', () => {
    const snippet = files(true).get('training/peft_new_tokens.py')!;
    expect(snippet).toContain('new_tokens = [*range(7, 10)]');
    expect(snippet).toContain('trainable_token_indices={"embed_tokens": new_tokens, "lm_head": new_tokens},');
    expect(snippet).toContain('# modules_to_save=["embed_tokens", "lm_head"],');
    expect(snippet).toContain('target_modules=["q_proj", "v_proj", "up_proj"],');
    const tied = files(false).get('training/peft_new_tokens.py')!;
    expect(tied).toContain('trainable_token_indices={"embed_tokens": new_tokens},');
    expect(tied).toContain('share one matrix');
  });

  it('writes the two stages in the keys of PEFT and TrainingArguments', () => {
    const recipe = JSON.parse(files(true).get('training/two_stage.json')!);
    expect(recipe.new_token_ranges).toEqual([[7, 10]]);
    expect(recipe.stages.map(({ name }: { name: string }) => name)).toEqual(['embeddings', 'lora']);
    const [first, second] = recipe.stages;
    expect(
      first.unfrozen_parameters.map((pattern: string) => new RegExp(pattern).test('model.embed_tokens.weight')),
    ).toEqual([true]);
    expect(first.training_arguments).toMatchObject({ learning_rate: 2e-4, max_steps: 3000, warmup_steps: 150 });
    expect(second.training_arguments).toMatchObject({ learning_rate: 1e-4, max_steps: 6000, warmup_steps: 300 });
    expect(second.lora_config).toMatchObject({
      peft_type: 'LORA',
      r: 8,
      target_modules: ['q_proj', 'v_proj'],
      modules_to_save: ['embed_tokens', 'lm_head'],
    });
  });

  it('writes nothing when nothing is new', () => {
    expect(files(true, []).size).toBe(0);
  });
});

describe('newIdRanges', () => {
  it('joins neighbours', () => {
    const rows = [5, 3, 4, 9].map((id) => ({ id, piece: 'x', sources: [0], weights: [1] }));
    expect(newIdRanges({ new: rows })).toEqual([
      [3, 6],
      [9, 10],
    ]);
  });
});
