// What the program says to bad input, to a disk that is full and to Ctrl-C: one error, one hint, nothing half-written.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WireWriter } from '../../src/formats/sentencepiece/protobuf.ts';
import { trainSentencePiece } from '../../src/pipeline/threads/training-threads.ts';
import { buildLlama2 } from '../../src/vocab/llama2.ts';
import { SAMPLES_FOLDER } from '../../src/vocab/sample-texts.ts';
import { needsFullDisk } from '../skip.ts';
import { failureOf, openProgramFolder, program } from './program.ts';

const { at, folder, start, run } = openProgramFolder();

describe('bad input', () => {
  const llama = async (): Promise<Uint8Array> => (await buildLlama2()).bytes;
  const lengthField = (length: number): Uint8Array => {
    const writer = new WireWriter();
    writer.writeTag(1, 2);
    writer.writeVarint(length);
    return writer.finish();
  };
  const files: Record<string, () => Promise<Uint8Array> | Uint8Array> = {
    'empty.model': () => new Uint8Array(0),
    'picture.model': () => Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0),
    'truncated.model': async () => (await llama()).slice(0, 123_457),
    'negative.model': () => lengthField(-5),
    'huge.model': () => lengthField(10_000_000_000),
    'unigram.model': async () =>
      (
        await trainSentencePiece(['天地玄黄', '宇宙洪荒'], {
          vocabSize: 12,
          hardVocabLimit: false,
          normalizationRuleName: 'identity',
        })
      ).bytes,
    'empty.txt': () => new Uint8Array(0),
    'damaged/tokenizer.model': llama,
    'damaged/tokenizer_config.json': () => new TextEncoder().encode('{'),
    'picture.txt': () => Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0),
  };

  const cases: [what: string, args: string[], code: number, error: RegExp][] = [
    ['a missing file', ['inspect', 'missing.model'], 1, /missing\.model: no such file/],
    ['an empty model', ['inspect', 'empty.model'], 1, /empty\.model.*empty/],
    ['a folder without a tokenizer', ['inspect', '.'], 1, /is a folder|no tokenizer/],
    ['a picture', ['inspect', 'picture.model'], 1, /picture\.model.*PNG/],
    ['a truncated model', ['inspect', 'truncated.model'], 1, /truncated\.model: at byte \d+/],
    ['a negative length', ['inspect', 'negative.model'], 1, /negative\.model: at byte 1: negative length -5/],
    ['a length of 10 GB', ['inspect', 'huge.model'], 1, /huge\.model: at byte 1: length 10000000000 reaches/],
    [
      'an empty corpus',
      ['train', '--input', 'empty.txt', '--model-prefix', 'new'],
      1,
      /empty\.txt: no text in 0 lines/,
    ],
    ['a missing corpus', ['train', '--input', 'nothing.txt', '--model-prefix', 'new'], 1, /nothing\.txt: no such file/],
    ['a picture as a corpus', ['train', '--input', 'picture.txt', '--model-prefix', 'new'], 1, /picture\.txt.*PNG/],
    [
      'a target below the base',
      ['merge', '--base', 'llama2', '--extension', 'unigram.model', '--target-size', '100', '--out', 'new'],
      1,
      /100 is out of reach: the base has 32,000 pieces/,
    ],
    [
      'a token added twice',
      ['merge', '--base', 'llama2', '--extension', 'llama2', '--add-token', 'x1', '--add-token', 'x1', '--out', 'new'],
      1,
      /"x1" is given twice/,
    ],
    [
      'an unknown flag',
      ['train', '--vocab_sise=9', '--input', 'a', '--model-prefix', 'b'],
      2,
      /unknown flag --vocab-sise/,
    ],
    ['an unknown command', ['marge'], 2, /unknown command "marge"/],
    ['a missing flag', ['merge', '--base', 'llama2'], 2, /--extension is missing/],
    [
      'an output folder that is a file',
      ['merge', '--base', 'llama2', '--extension', 'llama2', '--add-token', '[NEW]', '--out', 'empty.txt'],
      1,
      /empty\.txt: is a file/,
    ],
    [
      'an output that cannot be written',
      ['merge', '--base', 'llama2', '--extension', 'llama2', '--add-token', '[NEW]', '--out', 'empty.txt/below'],
      1,
      /empty\.txt\/below: cannot be written/,
    ],
    [
      'nothing to learn from',
      ['extend', '--base', 'llama2', '--input', 'empty.txt', '--out', 'new'],
      1,
      /empty\.txt: there is no text/,
    ],
    [
      'nothing to compare',
      ['compare', '--tokenizer', 'llama2', '--input', 'empty.txt'],
      1,
      /empty\.txt: there is no text/,
    ],
    ['nothing to audit on', ['audit', 'llama2', '--input', 'empty.txt'], 1, /empty\.txt: there is no text/],
    [
      'an option out of range, by its flag',
      [
        'merge',
        '--base',
        'llama2',
        '--extension',
        'llama2',
        '--add-token',
        'x',
        '--pad-to-multiple-of',
        '0',
        '--out',
        'new',
      ],
      1,
      /--pad-to-multiple-of: 0 is not a whole number/,
    ],
    [
      'a damaged file beside a model, before anything is learnt',
      ['build', '--base', 'damaged', '--out', 'new'],
      1,
      /tokenizer_config\.json beside damaged\/tokenizer\.model: is not JSON/,
    ],
    [
      'a model merged into itself',
      ['merge', '--base', 'llama2', '--extension', 'llama2', '--out', 'new'],
      1,
      /llama2: is the base itself/,
    ],
    [
      'a BPE model for a Unigram model',
      ['merge', '--base', 'unigram.model', '--extension', 'llama2', '--out', 'new'],
      1,
      /llama2: is a BPE model, whose pieces have no log probabilities; unigram\.model, the base, is a Unigram model/,
    ],
    [
      'a report of a kind that there is not',
      ['compare', '--tokenizer', 'llama2', '--text', 'a', '--out', 'r.pdf'],
      1,
      /--out r\.pdf: \.pdf is none of md, csv, json, html/,
    ],
    ['ids that do not exist', ['decode', '--tokenizer', 'llama2'], 1, /line 1: .*id 99999 is outside/],
  ];

  async function failsCleanly(args: string[], code: number, error: RegExp): Promise<void> {
    for (const [name, make] of Object.entries(files)) {
      if (existsSync(at(name))) continue;
      mkdirSync(dirname(at(name)), { recursive: true });
      writeFileSync(at(name), await make());
    }
    const before = readdirSync(folder).sort();
    const result = await run(args, '[99999]\n');
    expect(result.code, result.err).toBe(code);
    expect(failureOf(result.err).error).toMatch(error);
    expect(result.out).toBe('');
    expect(readdirSync(folder).sort()).toEqual(before);
  }

  it.each(cases)('%s: one error, one hint, nothing left behind', (_, args, code, error) =>
    failsCleanly(args, code, error),
  );

  it('a disk that is full: one error, one hint, nothing left behind', needsFullDisk, () =>
    failsCleanly(['compare', '--tokenizer', 'llama2', '--text', 'a', '--out', '/dev/full'], 1, /no space left/),
  );

  it('a disk that is full behind stdout is a failure like any other', needsFullDisk, async () => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [program, 'inspect', 'llama2'], { stdio: ['ignore', full, 'pipe'] });
    let err = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (err += text));
    const code = await new Promise((resolve) => child.on('close', resolve));
    closeSync(full);
    expect(code).toBe(1);
    expect(failureOf(err).error).toBe('error: standard output: cannot be written: no space left on the disk');
    expect(err).not.toMatch(/^\s+at /m);
  });

  it('reads records by --field, and files of --jsonl as the lines they are', async () => {
    writeFileSync(at('body.jsonl'), '{"body":"人工智能"}\n{"body":"a\\nb"}\n');
    const ids = '[29871,30313,31041,31676,30815]';
    for (const flags of [
      ['--field', 'body'],
      ['--field', 'body', '--jsonl'],
    ]) {
      const encoded = await run(['encode', '--tokenizer', 'llama2', '--input', 'body.jsonl', ...flags]);
      expect(encoded.code, encoded.err).toBe(0);
      expect(encoded.out.split('\n')[0]).toBe(ids);
    }
    writeFileSync(at('ids.jsonl'), `${ids}\n`);
    expect((await run(['decode', '--tokenizer', 'llama2', '--input', 'ids.jsonl'])).out).toBe('人工智能\n');
    const compared = await run([
      'compare',
      '--tokenizer',
      'llama2',
      '--input',
      'body.jsonl',
      '--field',
      'body',
      '--json',
    ]);
    expect(JSON.parse(compared.out).total.characters).toBe(7);
  });

  it('Ctrl-C in the middle leaves nothing behind and keeps what was there', async () => {
    const place = at('interrupted');
    mkdirSync(place);
    const line = readFileSync(join(SAMPLES_FOLDER, 'zh-history.txt'), 'utf8');
    writeFileSync(join(place, 'long.txt'), line.repeat(200));
    writeFileSync(join(place, 'zh.model'), 'the old one');
    const args = [
      'train',
      '--input',
      join(place, 'long.txt'),
      '--model-prefix',
      join(place, 'zh'),
      '--vocab-size',
      '2000',
      '--force',
    ];
    const child = start(args);
    const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on('close', (_, signal) => resolve(signal)));
    setTimeout(() => child.kill('SIGINT'), 700);
    expect(await ended).toBe('SIGINT');
    expect(readdirSync(place).sort()).toEqual(['long.txt', 'zh.model']);
    expect(readFileSync(join(place, 'zh.model'), 'utf8')).toBe('the old one');
  });
});
