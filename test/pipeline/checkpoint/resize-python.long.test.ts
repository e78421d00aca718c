// Resized checkpoints as Python sees them: safetensors reads every tensor, from_pretrained loads the model, and for old
// prompts the logits of old tokens are those of the old model, bit for bit. The same facts, on bytes and without Python, are
// in resize-checkpoint.test.ts.
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ResizeResult, resizeCheckpoint } from '../../../src/pipeline/checkpoint/resize-checkpoint.ts';
import { appendingMap, readTensors } from '../../checkpoints.ts';
import { needsPython, runPython } from '../../python.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const root = temporaryFolder();

const VOCAB = 300;
const MODELS = [
  { name: 'untied', tied: false, rows: VOCAB, dtype: 'bfloat16', shard: '1GB' },
  { name: 'tied', tied: true, rows: VOCAB, dtype: 'float32', shard: '1GB' },
  { name: 'sharded', tied: false, rows: VOCAB, dtype: 'float16', shard: '60KB' },
  { name: 'padded', tied: false, rows: 320, dtype: 'float32', shard: '120KB' },
] as const;

const MAKE = `
import json, sys, torch
from transformers import LlamaConfig, LlamaForCausalLM
root, models = sys.argv[1], json.loads(sys.argv[2])
for m in models:
    torch.manual_seed(7)
    config = LlamaConfig(vocab_size=m['rows'], hidden_size=64, intermediate_size=96, num_hidden_layers=2,
        num_attention_heads=4, tie_word_embeddings=m['tied'], pad_token_id=None)
    model = LlamaForCausalLM(config).to(getattr(torch, m['dtype']))
    model.save_pretrained(root + '/' + m['name'], max_shard_size=m['shard'])
print('{}')
`;

const COMPARE = `
import dataclasses, glob, json, sys, torch
from safetensors import safe_open
from transformers import AutoModelForCausalLM, TrainingArguments
known = {field.name for field in dataclasses.fields(TrainingArguments)}
root, names, vocab = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
seen = {}
for name in names:
    old = AutoModelForCausalLM.from_pretrained(root + '/' + name, dtype='auto').eval()
    folder = root + '/' + name + '-resized'
    new, info = AutoModelForCausalLM.from_pretrained(folder, dtype='auto', output_loading_info=True)
    new = new.eval()
    torch.manual_seed(3)
    prompts = torch.randint(0, vocab, (4, 12))
    with torch.no_grad():
        a, b = old(prompts).logits[..., :vocab], new(prompts).logits[..., :vocab]
        c = new(torch.randint(vocab, new.config.vocab_size, (1, 5))).logits
    shapes = {}
    for path in sorted(glob.glob(folder + '/*.safetensors')):
        with safe_open(path, framework='pt') as f:
            for key in f.keys():
                shapes[key] = list(f.get_tensor(key).shape)
    stages = json.load(open(folder + '/training/two_stage.json'))['stages']
    inputs, outputs = new.get_input_embeddings().weight, new.get_output_embeddings().weight
    seen[name] = {
        'same_logits': bool(torch.equal(a, b)),
        'finite': bool(torch.isfinite(c).all()),
        'vocab_size': new.config.vocab_size,
        'rows': [inputs.shape[0], outputs.shape[0]],
        'same_matrix': inputs.data_ptr() == outputs.data_ptr(),
        'problems': [sorted(map(str, info[k])) for k in ('missing_keys', 'unexpected_keys', 'mismatched_keys')],
        'dtypes': sorted({str(p.dtype) for p in new.parameters()}),
        'unknown_arguments': [key for stage in stages for key in stage['training_arguments'] if key not in known],
        'shapes': shapes,
    }
print(json.dumps(seen))
`;

interface Seen {
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

describe('resized checkpoints in Python', needsPython, () => {
  const sources = Array.from({ length: 37 }, (_, i) => [i, (7 * i) % VOCAB, 250 - i].slice(0, 1 + (i % 3)));
  const results = new Map<string, ResizeResult>();
  let seen: Readonly<Record<string, Seen>> = {};

  beforeAll(async () => {
    runPython(MAKE, [root, JSON.stringify(MODELS)]);
    for (const { name, rows } of MODELS) {
      const rowMap = appendingMap(VOCAB, sources, { padding: 3, baseRows: rows });
      const [checkpoint, out] = [join(root, name), join(root, `${name}-resized`)];
      results.set(name, await resizeCheckpoint({ checkpoint, rowMap, out, init: 'auto' }));
    }
    const names = JSON.stringify(MODELS.map(({ name }) => name));
    seen = runPython(COMPARE, [root, names, String(VOCAB)]) as typeof seen;
  });

  for (const { name, tied, dtype } of MODELS) {
    it(`${name}: loads, and old tokens have their old logits to the bit`, () => {
      expect(seen[name]).toMatchObject({
        same_logits: true,
        finite: true,
        vocab_size: VOCAB + 40,
        rows: [VOCAB + 40, VOCAB + 40],
        same_matrix: tied,
        problems: [[], [], []],
        dtypes: [`torch.${dtype}`],
        unknown_arguments: [],
      });
      const { tensors } = results.get(name)!;
      expect(tensors.length).toBe(tied ? 1 : 2);
      for (const tensor of tensors) expect(seen[name]!.shapes[tensor.name]).toEqual([VOCAB + 40, 64]);
      // What safetensors reads is all that is there.
      const shards = Object.keys(results.get(name)!.manifest.weights);
      const all = shards.flatMap((shard) => [...readTensors(join(root, `${name}-resized`, shard))]);
      expect(seen[name]!.shapes).toEqual(Object.fromEntries(all.map(([key, { shape }]) => [key, shape])));
    });
  }
});
