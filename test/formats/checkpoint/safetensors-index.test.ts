import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/errors.ts';
import { parseSafetensorsIndex, updateSafetensorsIndex } from '../../../src/formats/checkpoint/safetensors-index.ts';

const source = 'model.safetensors.index.json';

describe('parseSafetensorsIndex', () => {
  it('lists tensors and shards', () => {
    const index = parseSafetensorsIndex(
      '{"weight_map": {"x": "2.safetensors", "y": "1.safetensors", "z": "2.safetensors"}}',
      {
        source,
      },
    );
    expect(index.shards).toEqual(['1.safetensors', '2.safetensors']);
    expect(index.weightMap.get('z')).toBe('2.safetensors');
  });

  it('refuses file names that lead elsewhere, and what is no index', () => {
    for (const name of ['../x.safetensors', '/etc/passwd', 'a\\b', '..', '.', '', 5]) {
      const text = JSON.stringify({ weight_map: { w: name } });
      expect(() => parseSafetensorsIndex(text, { source })).toThrow(`tensor "w" is placed in ${JSON.stringify(name)}`);
    }
    for (const text of ['', 'null', '[]', '{}', '{"weight_map": []}']) {
      expect(() => parseSafetensorsIndex(text, { source })).toThrow(FormatError);
    }
  });
});

describe('updateSafetensorsIndex', () => {
  it('sums bytes and, where the index has them, parameters; other keys stay', () => {
    const index = parseSafetensorsIndex(
      '{"metadata": {"total_size": 1, "total_parameters": 1, "k": "v"}, "weight_map": {"w": "1"}, "more": 1}',
      { source },
    );
    const tensors = [
      { name: 'w', dtype: 'BF16', shape: [3, 4] },
      { name: 'v', dtype: 'F8_E4M3', shape: [5] },
    ];
    expect(JSON.parse(updateSafetensorsIndex(index, tensors))).toEqual({
      metadata: { total_size: 29, total_parameters: 17, k: 'v' },
      weight_map: { w: '1' },
      more: 1,
    });
  });
});
