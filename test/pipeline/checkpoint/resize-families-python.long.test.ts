// Tiny checkpoints in the shapes that people extend today, made and read by transformers: Llama 3 (specials behind the pieces,
// head apart), Qwen 2 (tied, more rows than ids) and Gemma 2 (tied, specials inside, soft-capped logits). Their tokenizers are
// byte-level ones trained here on a few sentences; the row maps are built from their pieces, spelled in bytes. Resized, each
// loads without a complaint, its old tokens have their old logits to the bit, and it writes what it wrote before.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ABSENT_PIECE, PIECE_TYPE } from '../../../src/core/model.ts';
import { countRows } from '../../../src/core/row-map.ts';
import { byteLevelBytes } from '../../../src/core/unicode/byte-level.ts';
import { parseRowMap } from '../../../src/formats/row-map/row-map.ts';
import { buildRowMap } from '../../../src/merge/row-map/build-row-map.ts';
import { type ResizeResult, resizeCheckpoint } from '../../../src/pipeline/checkpoint/resize-checkpoint.ts';
import { needsPython, runPython } from '../../python.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const root = temporaryFolder();

/** Words, a character, its first two bytes, and its last one with the first of another. */
const NEW_PIECES = [
  ...['我们', '人工智能', '我', ' 模型'].map((text) => Buffer.from(text).toString('latin1')),
  ...['\xe6\x88', '\x91\xe4'],
];

const FAMILIES = [
  { name: 'llama3', free: 0, holes: 0, tied: false, fill: false },
  { name: 'qwen2', free: 4, holes: 0, tied: true, fill: true },
  { name: 'gemma2', free: 0, holes: 3, tied: true, fill: true },
] as const;

const MAKE = `
import json, sys, torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import Gemma2Config, Gemma2ForCausalLM, LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM
root, families, pieces = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
text = ['the quick brown fox jumps over the lazy dog', 'he said that she had said so', '我们 are many'] * 20
tokenizer.train_from_iterator(text, trainers.BpeTrainer(vocab_size=330, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
vocab = tokenizer.get_vocab()
def byte_characters():
    own = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    rest = [b for b in range(256) if b not in own]
    return {**{b: chr(b) for b in own}, **{b: chr(256 + i) for i, b in enumerate(rest)}}
table = byte_characters()
shapes = dict(hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, pad_token_id=None)
seen = {}
for family in families:
    name = family['name']
    torch.manual_seed(11)
    specials = ['<|begin|>', '<|end|>', '<｜user｜>']
    by_id = {i: p for p, i in vocab.items()}
    if name == 'gemma2':
        # Specials first, then ids that nobody has, then the pieces.
        first = len(specials) + family['holes']
        ids = {**{i: s for i, s in enumerate(specials)}, **{i + first: p for i, p in by_id.items()}}
        shift = first
    else:
        ids = {**by_id, **{len(by_id) + i: s for i, s in enumerate(specials)}}
        shift = 0
    count = max(ids) + 1
    rows = count + family['free']
    if name == 'llama3':
        config = LlamaConfig(vocab_size=rows, tie_word_embeddings=False, rope_theta=500000.0, **shapes)
        model = LlamaForCausalLM(config)
    elif name == 'qwen2':
        model = Qwen2ForCausalLM(Qwen2Config(vocab_size=rows, tie_word_embeddings=True, **shapes))
    else:
        model = Gemma2ForCausalLM(Gemma2Config(vocab_size=rows, head_dim=16, tie_word_embeddings=True, **shapes))
    dtype = torch.bfloat16 if name == 'llama3' else torch.float32
    model.to(dtype).save_pretrained(root + '/' + name, max_shard_size='60KB')
    merge = models.BPE(vocab=vocab, merges=[tuple(m) for m in json.loads(tokenizer.to_str())['model']['merges']])
    bare = Tokenizer(merge)
    sources = [[i + shift for i in bare.encode(''.join(table[ord(c)] for c in piece)).ids] for piece in pieces]
    seen[name] = {'ids': {str(i): p for i, p in ids.items()}, 'count': count, 'rows': rows, 'sources': sources, 'specials': specials}
print(json.dumps(seen))
`;

const COMPARE = `
import json, sys, torch
from transformers import AutoModelForCausalLM
root, families = sys.argv[1], json.loads(sys.argv[2])
seen = {}
for name, (tokens, count) in families.items():
    old = AutoModelForCausalLM.from_pretrained(root + '/' + name, dtype='auto').eval()
    new, info = AutoModelForCausalLM.from_pretrained(root + '/' + name + '-resized', dtype='auto', output_loading_info=True)
    new = new.eval()
    torch.manual_seed(5)
    known = torch.tensor(tokens)
    prompts = known[torch.randint(0, len(tokens), (4, 10))]
    with torch.no_grad():
        a, b = old(prompts).logits[..., known], new(prompts).logits[..., known]
        c = new(torch.arange(count, count + 6).unsqueeze(0)).logits
    def write(model):
        # Only what both have may be written.
        others = [i for i in range(model.config.vocab_size) if i not in set(tokens)]
        return model.generate(prompts, max_new_tokens=12, do_sample=False, suppress_tokens=others, pad_token_id=0).tolist()
    seen[name] = {
        'same_logits': bool(torch.equal(a, b)),
        'finite': bool(torch.isfinite(c).all()),
        'same_text': write(old) == write(new),
        'vocab_size': new.config.vocab_size,
        'rows': [new.get_input_embeddings().weight.shape[0], new.get_output_embeddings().weight.shape[0]],
        'problems': [sorted(map(str, info[k])) for k in ('missing_keys', 'unexpected_keys', 'mismatched_keys')],
        'kind': type(new).__name__,
    }
print(json.dumps(seen))
`;

interface Made {
  readonly ids: Readonly<Record<string, string>>;
  readonly count: number;
  readonly rows: number;
  readonly sources: readonly (readonly number[])[];
  readonly specials: readonly string[];
}

describe('checkpoints of the families that people extend, in Python', needsPython, () => {
  const made = new Map<string, Made>();
  const results = new Map<string, ResizeResult>();
  let seen: Readonly<Record<string, object>> = {};

  beforeAll(async () => {
    const answer = runPython(MAKE, [root, JSON.stringify(FAMILIES), JSON.stringify(NEW_PIECES)]) as Record<
      string,
      Made
    >;
    const compared: Record<string, [number[], number]> = {};
    for (const { name, fill } of FAMILIES) {
      const model = answer[name]!;
      made.set(name, model);
      const types = Uint8Array.from({ length: model.count }, (_, id) => {
        const text = model.ids[id];
        if (text === undefined) return ABSENT_PIECE;
        return model.specials.includes(text) ? PIECE_TYPE.control : PIECE_TYPE.normal;
      });
      const pieces = Array.from(types, (type, id) => {
        const text = model.ids[id] ?? '';
        return type === PIECE_TYPE.normal ? String.fromCharCode(...byteLevelBytes(text)!) : text;
      });
      const all = [...pieces, ...NEW_PIECES];
      const rowMap = buildRowMap({
        base: { idCount: model.count, rows: model.rows, sha256: 'a'.repeat(64), pieceTypes: types },
        target: { sha256: 'b'.repeat(64), pieceTypes: [...types, ...NEW_PIECES.map(() => PIECE_TYPE.normal)] },
        units: 'byte',
        pieces: all,
        tokenize: (piece) => model.sources[NEW_PIECES.indexOf(piece)]!,
      });
      const [checkpoint, out] = [join(root, name), join(root, `${name}-resized`)];
      results.set(name, await resizeCheckpoint({ checkpoint, rowMap, out, init: 'auto', fillPadding: fill }));
      compared[name] = [[...types.keys()].filter((id) => types[id] !== ABSENT_PIECE), model.count];
    }
    seen = runPython(COMPARE, [root, JSON.stringify(compared)]) as typeof seen;
  });

  const KINDS = { llama3: 'LlamaForCausalLM', qwen2: 'Qwen2ForCausalLM', gemma2: 'Gemma2ForCausalLM' };

  for (const { name, free, holes, tied, fill } of FAMILIES) {
    it(`${name}: loads, writes what it wrote, and old tokens have their old logits to the bit`, () => {
      const { count } = made.get(name)!;
      const rows = count + NEW_PIECES.length;
      expect(seen[name]).toEqual({
        same_logits: true,
        finite: true,
        same_text: true,
        vocab_size: rows,
        rows: [rows, rows],
        problems: [[], [], []],
        kind: KINDS[name],
      });
      expect(results.get(name)!.tensors.length).toBe(tied ? 1 : 2);
      const rowMap = parseRowMap(readFileSync(join(root, `${name}-resized`, 'row-map.json'), 'utf8'));
      expect(countRows(rowMap)).toEqual({
        copied: count - holes,
        filled: fill ? free : 0,
        replaced: 0,
        appended: NEW_PIECES.length - (fill ? free : 0),
        kept: holes,
        padding: 0,
        dropped: 0,
      });
      expect(rowMap.new.map(({ surface }) => surface)).toEqual([
        '我们',
        '人工智能',
        '我',
        ' 模型',
        '<0xE6><0x88>',
        '<0x91><0xE4>',
      ]);
      expect(rowMap.new.map(({ piece }) => piece)).toEqual(NEW_PIECES);
    });
  }
});
