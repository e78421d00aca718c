// Random texts and flags, trained here and by the reference: whole models, byte for byte but for what names the input. Nine
// scripts, odd spaces and marks, BPE and Unigram. What differs is printed with its seed.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createMersenneTwister, type MersenneTwister } from '../../src/core/mersenne-twister.ts';
import { parseModelProto } from '../../src/formats/sentencepiece/model-file.ts';
import { trainDocument } from '../../src/train/train-sentencepiece.ts';
import { chance, pick } from '../fuzz/random-models.ts';
import { python, runPython } from '../python.ts';
import { scaled } from '../runs.ts';
import { skipUnless } from '../skip.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { optionsFrom } from './reference-options.ts';

const SCRIPTS = [
  'abcdefgh',
  '天地人中国山水',
  'あいうえおか',
  '가나다라마',
  'абвгде',
  'αβγδεζ',
  'אבגדה',
  'ابتثجح',
  'कखगघङ',
];
const ODD = ['\u00a0', '\ufeff', '\u3000', '\u200b', '\u0301', '\u3099', '\u2028', '\u00ad', '\u2009'];
const FLAGS = [
  ...['split_by_unicode_script', 'split_by_number', 'split_by_whitespace', 'split_digits', 'add_dummy_prefix'],
  ...['treat_whitespace_as_suffix', 'allow_whitespace_only_pieces', 'remove_extra_whitespaces'],
];

/** Each training in a process of its own: some options end the reference with a failed check. */
const REFERENCE = `
import sys, json, os, io, base64
import sentencepiece as spm
results = []
for case in json.load(open(sys.argv[1])):
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            out = io.BytesIO()
            spm.SentencePieceTrainer.train(sentence_iterator=iter(case['lines']), model_writer=out, minloglevel=3, **case['options'])
            text = base64.b64encode(out.getvalue()).decode()
        except Exception:
            text = ''
        with os.fdopen(write_end, 'w') as pipe:
            pipe.write(text)
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        results.append(pipe.read())
    os.waitpid(child, 0)
json.dump(results, open(sys.argv[2], 'w'))
print(len(results))
`;

interface Case {
  readonly lines: readonly string[];
  readonly options: Record<string, unknown>;
}

function randomCase(random: MersenneTwister, modelType: string): Case {
  const scripts = Array.from({ length: 1 + random.nextBelow(3) }, () => pick(random, SCRIPTS));
  const alphabet = [...scripts.join(''), '1', '2'];
  const word = (): string => Array.from({ length: 1 + random.nextBelow(6) }, () => pick(random, alphabet)).join('');
  const words = Array.from({ length: 3 + random.nextBelow(80) }, word);
  const odd = Array.from({ length: random.nextBelow(4) }, () => pick(random, ODD));
  // The first words are the frequent ones.
  const next = (): string => words[Math.min(random.nextBelow(words.length), random.nextBelow(words.length))]!;
  const line = (): string => {
    let text = next();
    for (let i = random.nextBelow(12); i > 0; i--)
      text += (odd.length > 0 && chance(random, 4) ? pick(random, odd) : ' ') + next();
    return text;
  };
  const options: Record<string, unknown> = {
    ...{ model_type: modelType, vocab_size: pick(random, [60, 200, 600]), hard_vocab_limit: false, num_threads: 1 },
    normalization_rule_name: pick(random, ['identity', 'identity', 'nmt_nfkc', 'nfkc']),
  };
  for (const flag of FLAGS) if (chance(random, 5)) options[flag] = chance(random, 2);
  if (chance(random, 3)) options.character_coverage = pick(random, [1, 0.99]);
  return { lines: Array.from({ length: 2 + random.nextBelow(60) }, line), options };
}

const folder = temporaryFolder();

const PROBE = 'import sentencepiece; assert sentencepiece.__version__ == "0.2.2"';
const needsReference = skipUnless(
  python !== undefined && spawnSync(python, ['-c', PROBE], { stdio: 'ignore' }).status === 0,
  'there is no Python with sentencepiece 0.2.2, torch, transformers and safetensors: name one with VOCAB_MERGE_PYTHON',
);

describe.each(['bpe', 'unigram'])('%s with random flags', needsReference, (modelType) => {
  it('gives the models of sentencepiece 0.2.2, and refuses what it refuses', async () => {
    const seeds = Array.from({ length: scaled(10) }, (_, i) => i + 1);
    const cases = seeds.map((seed) => randomCase(createMersenneTwister(seed), modelType));
    const file = join(folder, `${modelType}.json`);
    writeFileSync(file, JSON.stringify(cases));
    const answers = join(folder, `${modelType}-models.json`);
    expect(runPython(REFERENCE, [file, answers])).toBe(cases.length);
    const models = JSON.parse(readFileSync(answers, 'utf8')) as string[];
    let trained = 0;
    for (const [i, { lines, options }] of cases.entries()) {
      const where = `seed ${seeds[i]}: ${JSON.stringify(options)}`;
      if (models[i] === '') {
        await expect(trainDocument(lines, optionsFrom(options)), where).rejects.toThrow();
        continue;
      }
      const expected = parseModelProto(Buffer.from(models[i]!, 'base64'));
      const { precompiledCharsmap } = expected.normalizerSpec!;
      const { model } = await trainDocument(lines, { ...optionsFrom(options), precompiledCharsmap });
      expect(model.pieces, where).toEqual(expected.pieces.map(({ piece }) => piece));
      expect(model.pieceScores, where).toEqual(Float32Array.from(expected.pieces, ({ score = 0 }) => score));
      trained++;
    }
    expect(trained).toBeGreaterThan(cases.length / 2);
  });
});
