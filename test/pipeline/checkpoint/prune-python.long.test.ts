// A checkpoint in the shape of Gemma 2 (tied, soft-capped logits, specials inside the vocabulary), made by transformers, and its
// tokenizer: pruned, resized, loaded again. The logits of the tokens that stay are the same to the bit, the tokenizer gives the
// ids that ours gives, and saving it again changes none.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { pruneVocabulary } from '../../../src/pipeline/build/prune-vocabulary.ts';
import { resizeCheckpoint } from '../../../src/pipeline/checkpoint/resize-checkpoint.ts';
import { loadTokenizer, requireExtendable } from '../../../src/vocab/load-tokenizer.ts';
import { sampleTexts } from '../../../src/vocab/sample-texts.ts';
import { needsPython, runPython } from '../../python.ts';
import { needsShared, sharedPath } from '../../shared.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const root = temporaryFolder();

const MAKE = `
import json, sys, torch
from transformers import Gemma2Config, Gemma2ForCausalLM
torch.manual_seed(3)
model = Gemma2ForCausalLM(Gemma2Config(vocab_size=256000, hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
    num_key_value_heads=1, head_dim=8, tie_word_embeddings=True, pad_token_id=0, bos_token_id=2, eos_token_id=[1, 107]))
model.to(torch.bfloat16).save_pretrained(sys.argv[1])
print('{}')
`;

const COMPARE = `
import json, sys, torch
from transformers import AutoModelForCausalLM, AutoTokenizer
before, after, again, texts, kept = *sys.argv[1:4], *(json.load(open(path)) for path in sys.argv[4:6])
old = AutoModelForCausalLM.from_pretrained(before, dtype='auto').eval()
new, info = AutoModelForCausalLM.from_pretrained(after, dtype='auto', output_loading_info=True)
new = new.eval()
kept = torch.tensor(kept)
torch.manual_seed(5)
prompts = torch.randint(0, len(kept), (4, 12))
with torch.no_grad():
    same = torch.equal(old(kept[prompts]).logits[..., kept], new(prompts).logits)
tokenizer = AutoTokenizer.from_pretrained(after)
tokenizer.save_pretrained(again)
saved = AutoTokenizer.from_pretrained(again)
encode = lambda t: [t(text, add_special_tokens=False)['input_ids'] for text in texts]
ids = encode(tokenizer)
written = new.generate(prompts, max_new_tokens=8, do_sample=False)
print(json.dumps({
    'same_logits': bool(same),
    'vocab_size': new.config.vocab_size,
    'special': [new.config.bos_token_id, new.config.eos_token_id, new.config.pad_token_id],
    'problems': [sorted(map(str, info[k])) for k in ('missing_keys', 'unexpected_keys', 'mismatched_keys')],
    'ids': ids,
    'bos': tokenizer(texts[0])['input_ids'][0],
    'same_saved': encode(saved) == ids,
    'same_text': [tokenizer.decode(i) for i in ids] == texts,
    'written': list(written.shape),
}))
`;

describe('a Gemma 2 that is pruned to 100,000 tokens, in Python', needsPython, () => {
  it('loads, and the tokens that stay have their old logits to the bit', needsShared, async () => {
    const [gemma, checkpoint, pruned, out] = ['gemma', 'model', 'pruned', 'small'].map((name) => join(root, name)) as [
      string,
      string,
      string,
      string,
    ];
    for (const folder of [gemma, pruned]) mkdirSync(folder);
    const fixture = sharedPath('fixtures/byte-level/gemma2');
    writeFileSync(join(gemma, 'tokenizer.json'), gunzipSync(readFileSync(join(fixture, 'tokenizer.json.gz'))));
    copyFileSync(join(fixture, 'tokenizer_config.json'), join(gemma, 'tokenizer_config.json'));
    const base = requireExtendable(await loadTokenizer(gemma));
    const lines = (await sampleTexts()).flatMap(({ lines }) => lines.split('\n').filter((line) => line !== ''));
    const result = await pruneVocabulary({
      ...{ base, targetSize: 100_000, keepScripts: ['Latin', 'Han'] },
      keepText: [{ name: 'samples', open: () => lines }],
    });
    for (const [name, content] of result.files) writeFileSync(join(pruned, name), content);
    runPython(MAKE, [checkpoint]);
    await resizeCheckpoint({ checkpoint, rowMap: result.rowMap, tokenizer: pruned, out });
    const kept = result.rowMap.copy.flatMap(([, start, count]) => Array.from({ length: count }, (_, i) => start + i));
    const texts = [...lines, '<start_of_turn>user\nhi<end_of_turn>', 'สวัสดี 🦙 Привет'];
    const [textsFile, keptFile] = [join(root, 'texts.json'), join(root, 'kept.json')];
    writeFileSync(textsFile, JSON.stringify(texts));
    writeFileSync(keptFile, JSON.stringify(kept));
    const seen = runPython(COMPARE, [checkpoint, out, join(root, 'again'), textsFile, keptFile]);
    const end = kept.indexOf(107);
    expect(seen).toEqual({
      same_logits: true,
      vocab_size: 100_000,
      special: [2, [1, end], 0],
      problems: [[], [], []],
      ids: texts.map((text) => result.tokenizer.encode(text)),
      bos: 2,
      same_saved: true,
      same_text: true,
      written: [4, 20],
    });
  });
});
