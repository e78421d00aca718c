// A tiny checkpoint of each family that people extend, tokenizer included, the whole way: learnt on, written back, resized,
// loaded by transformers and by the engines of others. Llama 3 (whole pieces first, specials behind, head apart), Qwen 2 (NFC,
// the older pair of files, rows to spare) and Gemma 2 (SentencePiece-like pieces, specials first).
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { PRE_TOKENIZER_PATTERNS } from '../../../src/core/pre-tokenizer-patterns.ts';
import { countRows, type RowMap } from '../../../src/core/row-map.ts';
import { parseRowMap } from '../../../src/formats/row-map/row-map.ts';
import { extendVocabulary } from '../../../src/pipeline/build/extend-vocabulary.ts';
import { resizeCheckpoint } from '../../../src/pipeline/checkpoint/resize-checkpoint.ts';
import { formatVerifyTerminal } from '../../../src/pipeline/verify/report.ts';
import { verifyTokenizer } from '../../../src/pipeline/verify/verify.ts';
import { loadTokenizer, requireExtendable } from '../../../src/vocab/load-tokenizer.ts';
import { sampleTexts } from '../../../src/vocab/sample-texts.ts';
import { needsPython, runPython } from '../../python.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const root = temporaryFolder();

const NEW_PIECES = 60;
const FREE = 9;
const FAMILIES = ['llama3', 'qwen2', 'gemma2'] as const;
type Family = (typeof FAMILIES)[number];
/** Engines that can run each kind. */
const ENGINES: Readonly<Record<Family, readonly string[]>> = {
  llama3: ['@huggingface/tokenizers', 'tokenizers', 'tiktoken', 'node-llama-cpp'],
  qwen2: ['@huggingface/tokenizers', 'tokenizers', 'node-llama-cpp'],
  gemma2: ['@huggingface/tokenizers', 'tokenizers'],
};

const MAKE = `
import json, os, sys, torch
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import Gemma2Config, Gemma2ForCausalLM, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM
root, lines, patterns, free = sys.argv[1], json.load(open(sys.argv[2])), json.loads(sys.argv[3]), int(sys.argv[4])
byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
def trained(pattern, **more):
    one = Tokenizer(models.BPE(**more))
    one.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), 'isolated'), byte_level])
    one.decoder = decoders.ByteLevel()
    one.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=500, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return one
shapes = dict(hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2)
def save(name, tokenizer, names, model, class_name, pair=False):
    out = root + '/' + name
    model.save_pretrained(out)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(out)
    path = out + '/tokenizer_config.json'
    config = json.load(open(path))
    config['tokenizer_class'] = class_name
    json.dump(config, open(path, 'w'), indent=2)
    if pair:
        tokenizer.model.save(out)
torch.manual_seed(3)
llama = trained(patterns['llama3'])
llama.model = models.BPE(vocab=llama.get_vocab(), merges=[tuple(m) for m in json.loads(llama.to_str())['model']['merges']], ignore_merges=True)
llama.add_special_tokens(['<|begin_of_text|>', '<|end_of_text|>', '<|eot_id|>'])
size = llama.get_vocab_size()
save('llama3', llama, dict(bos_token='<|begin_of_text|>', eos_token='<|end_of_text|>'),
     LlamaForCausalLM(LlamaConfig(vocab_size=size, bos_token_id=size - 3, eos_token_id=size - 2, tie_word_embeddings=False, **shapes)), 'PreTrainedTokenizerFast')
qwen = trained(patterns['qwen'])
qwen.normalizer = normalizers.NFC()
qwen.add_special_tokens(['<|endoftext|>', '<|im_start|>', '<|im_end|>'])
size = qwen.get_vocab_size()
save('qwen2', qwen, dict(eos_token='<|im_end|>', pad_token='<|endoftext|>'),
     Qwen2ForCausalLM(Qwen2Config(vocab_size=size + free, eos_token_id=size - 1, bos_token_id=None, tie_word_embeddings=True, **shapes)), 'Qwen2Tokenizer', pair=True)
gemma = Tokenizer(models.BPE())
gemma.normalizer = normalizers.Replace(' ', '▁')
gemma.pre_tokenizer = pre_tokenizers.Split('▁', 'merged_with_next')
gemma.train_from_iterator(lines[:40], trainers.BpeTrainer(vocab_size=900))
merges = [tuple(m) for m in json.loads(gemma.to_str())['model']['merges']]
pieces = ['<pad>', '<eos>', '<bos>', '<unk>', '<mask>'] + ['<0x%02X>' % b for b in range(256)] + sorted(gemma.get_vocab(), key=gemma.get_vocab().get)
gemma.model = models.BPE(vocab={p: i for i, p in enumerate(pieces)}, merges=merges, unk_token='<unk>', fuse_unk=True, byte_fallback=True)
gemma.pre_tokenizer = pre_tokenizers.Split(' ', 'merged_with_previous')
gemma.decoder = decoders.Sequence([decoders.Replace('▁', ' '), decoders.ByteFallback(), decoders.Fuse()])
gemma.add_special_tokens(['<pad>', '<eos>', '<bos>', '<unk>', '<mask>'])
save('gemma2', gemma, dict(bos_token='<bos>', eos_token='<eos>', pad_token='<pad>', unk_token='<unk>', mask_token='<mask>'),
     Gemma2ForCausalLM(Gemma2Config(vocab_size=len(pieces), head_dim=16, tie_word_embeddings=True, **shapes)), 'GemmaTokenizer')
print(json.dumps({name: None for name in ('llama3', 'qwen2', 'gemma2')}))
`;

const COMPARE = `
import json, sys, torch
from transformers import AutoModelForCausalLM, AutoTokenizer
root, wanted = sys.argv[1], json.load(open(sys.argv[2]))
seen = {}
for name, (texts, ids, english, count) in wanted.items():
    out = root + '/' + name + '-resized'
    before, after = AutoTokenizer.from_pretrained(root + '/' + name), AutoTokenizer.from_pretrained(out)
    encode = lambda t, some: t(some, add_special_tokens=False)['input_ids']
    found = encode(after, texts)
    after.save_pretrained(out + '-saved')
    open(out + '-saved/config.json', 'w').write(open(out + '/config.json').read())
    again = encode(AutoTokenizer.from_pretrained(out + '-saved'), texts)
    old = AutoModelForCausalLM.from_pretrained(root + '/' + name, dtype='auto').eval()
    new, info = AutoModelForCausalLM.from_pretrained(out, dtype='auto', output_loading_info=True)
    new = new.eval()
    known = torch.arange(count)
    with torch.no_grad():
        same = []
        for line in english:
            prompt = torch.tensor([encode(before, [line])[0]])
            same.append(torch.equal(old(prompt).logits[..., known], new(prompt).logits[..., known]))
        prompt = torch.tensor([found[0][:12]])
        written = new.generate(prompt, max_new_tokens=8, do_sample=False, pad_token_id=0)
    seen[name] = {
        'differing': sum(a != b for a, b in zip(found, ids)),
        'differing_saved': sum(a != b for a, b in zip(again, ids)),
        'english_kept': encode(before, english) == encode(after, english),
        'same_logits': all(same),
        'writes': written.shape[1] > prompt.shape[1] and isinstance(after.decode(written[0]), str),
        'rows': [new.config.vocab_size, new.get_input_embeddings().weight.shape[0], new.get_output_embeddings().weight.shape[0]],
        'problems': [sorted(map(str, info[k])) for k in ('missing_keys', 'unexpected_keys', 'mismatched_keys')],
        'specials': {t: after.convert_tokens_to_ids(t) == before.convert_tokens_to_ids(t) for t in before.all_special_tokens},
    }
print(json.dumps(seen))
`;

describe('checkpoints with their tokenizers, extended and resized, in Python', needsPython, () => {
  let english: string[];
  let chinese: string[];
  const rowMaps = new Map<Family, RowMap>();
  const counts = new Map<Family, number>();
  let seen: Readonly<Record<Family, Record<string, unknown>>>;

  beforeAll(async () => {
    const samples = await sampleTexts();
    const linesOf = (isChosen: (line: string) => boolean) =>
      samples.flatMap(({ lines }) => lines.split('\n')).filter((line) => line !== '' && isChosen(line));
    english = linesOf((line) => /^[ -~]+$/.test(line)).slice(0, 120);
    chinese = linesOf((line) => /\p{sc=Han}/u.test(line) && !/\p{sc=Hiragana}|\p{sc=Katakana}/u.test(line)).slice(
      0,
      300,
    );
    expect(Math.min(english.length, chinese.length)).toBeGreaterThan(40);
    const corpus = join(root, 'lines.json');
    writeFileSync(corpus, JSON.stringify(english.flatMap((line, i) => (i % 6 === 0 ? [line, chinese[i]!] : [line]))));
    const { llama3, qwen } = PRE_TOKENIZER_PATTERNS;
    runPython(MAKE, [root, corpus, JSON.stringify({ llama3, qwen }), String(FREE)]);

    const wanted: Record<string, unknown> = {};
    for (const family of FAMILIES) {
      const checkpoint = join(root, family);
      const base = requireExtendable(await loadTokenizer(checkpoint));
      const sources = [{ name: 'zh', sentences: chinese }];
      const fillPadding = family === 'qwen2';
      const extended = await extendVocabulary({ base, sources, newPieces: NEW_PIECES, scripts: ['Han'], fillPadding });
      const tokenizer = join(root, `${family}-tokenizer`);
      mkdirSync(tokenizer);
      for (const [name, content] of extended.files) writeFileSync(join(tokenizer, name), content);
      const rowMap = parseRowMap(readFileSync(join(tokenizer, 'row-map.json'), 'utf8'));
      const out = join(root, `${family}-resized`);
      await resizeCheckpoint({ checkpoint, rowMap, tokenizer, out, init: 'auto' });
      rowMaps.set(family, rowMap);
      counts.set(family, base.model.pieces.length);
      const loaded = await loadTokenizer(out);
      const texts = [...chinese, ...english, '  two  spaces\n\n中文123 mixed 文字', '𠮷野家 e\u0301'];
      const ids = texts.map((text) => loaded.tokenizer.encode(text));
      wanted[family] = [texts, ids, english.slice(0, 20), base.model.pieces.length];
    }
    const path = join(root, 'wanted.json');
    writeFileSync(path, JSON.stringify(wanted));
    seen = runPython(COMPARE, [root, path]) as typeof seen;
  });

  it.each(FAMILIES)('%s: transformers loads it, gives our ids, writes, and keeps old logits to the bit', (family) => {
    const rows = counts.get(family)! + Math.max(NEW_PIECES, family === 'qwen2' ? FREE : 0);
    const { specials, ...figures } = seen[family];
    expect(figures).toEqual({
      differing: 0,
      differing_saved: 0,
      english_kept: true,
      same_logits: true,
      writes: true,
      rows: [rows, rows, rows],
      problems: [[], [], []],
    });
    expect(Object.values(specials as Record<string, boolean>)).not.toContain(false);
    const filled = family === 'qwen2' ? FREE : 0;
    expect(countRows(rowMaps.get(family)!)).toMatchObject({
      copied: counts.get(family),
      filled,
      appended: NEW_PIECES - filled,
    });
  });

  it.each(FAMILIES)('%s: the engines of others give the same ids', async (family) => {
    const report = await verifyTokenizer({ source: join(root, `${family}-resized`), lines: chinese, randomTexts: 300 });
    expect(report.passed, formatVerifyTerminal(report)).toBe(true);
    const asked = report.engines.filter(({ status }) => status !== 'not-installed');
    const compared = asked.filter(({ status }) => status === 'compared').map(({ engine }) => engine);
    expect(compared).toEqual(ENGINES[family].filter((name) => asked.some(({ engine }) => engine === name)));
  });
});
