import { describe, expect, it } from 'vitest';
import { findVocabularyTensors, resizedShape } from '../../src/embedding/vocabulary-tensors.ts';
import { InputError } from '../../src/errors.ts';

const spec = (name: string, ...shape: number[]) => ({ name, dtype: 'F32', shape });
const source = 'checkpoint';

describe('findVocabularyTensors', () => {
  it('knows the names of the usual architectures', () => {
    for (const [input, output] of [
      ['model.embed_tokens.weight', 'lm_head.weight'],
      ['transformer.wte.weight', 'lm_head.weight'],
      ['transformer.word_embeddings.weight', 'lm_head.weight'],
      ['tok_embeddings.weight', 'output.weight'],
      ['gpt_neox.embed_in.weight', 'embed_out.weight'],
      ['transformer.embedding.word_embeddings.weight', 'transformer.output_layer.weight'],
      ['bert.embeddings.word_embeddings.weight', 'cls.predictions.decoder.weight'],
      ['language_model.model.embed_tokens.weight', 'language_model.lm_head.weight'],
      ['shared.weight', 'lm_head.weight'],
    ] as const) {
      const { tensors, rows } = findVocabularyTensors([spec(input, 50, 4), spec('other', 50, 4), spec(output, 50, 4)], {
        source,
      });
      expect(tensors.map(({ name, role }) => [name, role])).toEqual([
        [input, 'input'],
        [output, 'output'],
      ]);
      expect(rows).toBe(50);
    }
  });

  it('treats one matrix for both as tied, by the flag or for want of a head', () => {
    const roles = (tied: boolean | undefined, ...specs: ReturnType<typeof spec>[]) =>
      findVocabularyTensors(specs, { source, tied }).tensors.map(({ role }) => role);
    const [embed, head] = [spec('model.embed_tokens.weight', 50, 4), spec('lm_head.weight', 50, 4)];
    expect(roles(undefined, embed)).toEqual(['tied']);
    expect(roles(true, embed, head)).toEqual(['tied', 'tied']);
    expect(roles(false, embed, head)).toEqual(['input', 'output']);
    expect(roles(undefined, embed, head)).toEqual(['input', 'output']);
  });

  it('leaves smaller embeddings of the same name alone, and names suspects', () => {
    const { tensors, suspects } = findVocabularyTensors(
      [spec('a.embeddings.weight', 2000, 4), spec('b.embeddings.weight', 16, 4), spec('copy', 2000, 4)],
      { source },
    );
    expect(tensors.map(({ name }) => name)).toEqual(['a.embeddings.weight']);
    expect(suspects.map(({ name }) => name)).toEqual(['copy']);
  });

  it('refuses, naming the tensor', () => {
    const embed = spec('model.embed_tokens.weight', 50, 4);
    const refuse = (specs: ReturnType<typeof spec>[], names: string[] = []) => {
      try {
        findVocabularyTensors(specs, { source, names });
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
        return error as InputError;
      }
      return expect.unreachable('it was not refused');
    };
    expect(refuse([spec('x', 50, 4)]).hint).toContain('--tensor');
    expect(refuse([embed, spec('lm_head.weight', 49, 4)]).message).toContain('"lm_head.weight" has the shape [49, 4]');
    expect(refuse([embed, spec('lm_head.weight', 4, 50)]).hint).toContain('transpose');
    expect(refuse([embed, spec('lm_head.qweight', 4, 50)]).message).toContain('"lm_head.qweight"');
    expect(refuse([embed, spec('cube', 50, 4, 4)], ['cube']).message).toContain('"cube" has the shape [50, 4, 4]');
    expect(refuse([embed, spec('table', 49, 4)], ['table']).message).toContain('"table" has the shape [49, 4]');
  });
});

describe('resizedShape', () => {
  it('changes the tokens’ dimension, also where both are equal', () => {
    const shapeOf = (name: string, ...shape: number[]) => {
      const { tensors } = findVocabularyTensors([spec('wte.weight', 50, 50), spec(name, ...shape)], { source });
      return resizedShape(tensors.at(-1)!, 60);
    };
    expect(shapeOf('lm_head.weight', 50, 50)).toEqual([60, 50]);
    expect(shapeOf('lm_head.bias', 50)).toEqual([60]);
    expect(shapeOf('final_logits_bias', 1, 50)).toEqual([1, 60]);
  });
});
