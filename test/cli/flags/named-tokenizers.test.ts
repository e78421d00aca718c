import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { distinctNames, loadNamedTokenizers } from '../../../src/cli/flags/named-tokenizers.ts';
import { InputError } from '../../../src/errors.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const WORD_PIECE = JSON.stringify({ model: { type: 'WordPiece', vocab: { '[UNK]': 0, a: 1 }, unk_token: '[UNK]' } });

const folder = temporaryFolder();
beforeAll(async () => {
  for (const path of ['a/models', 'b/models', 'x=y']) {
    await mkdir(join(folder, path), { recursive: true });
    await writeFile(join(folder, path, 'tokenizer.json'), WORD_PIECE);
  }
  await symlink(join(folder, 'a/models'), join(folder, 'link'));
});

describe('loadNamedTokenizers', () => {
  const names = async (...sources: string[]) =>
    (await loadNamedTokenizers(sources)).map(({ tokenizer }) => tokenizer.name);

  it('names folders of one name by what is different in their paths', async () => {
    const [a, b] = [join(folder, 'a/models'), join(folder, 'b/models')];
    expect(await names(a, b)).toEqual(['a/models', 'b/models']);
    expect(await names(a, join(b, 'tokenizer.json'))).toEqual(['a/models', 'b/models']);
    expect(await names(a, 'llama2')).toEqual(['models', 'llama2']);
    expect(await names(a, a)).toEqual(['models', 'models']);
  });

  it('takes NAME=TOKENIZER, and a path with an equals sign that exists as it stands', async () => {
    const loaded = await loadNamedTokenizers([`old=${join(folder, 'a/models')}`, 'base=llama2']);
    expect(loaded.map(({ source, tokenizer }) => [tokenizer.name, source])).toEqual([
      ['old', join(folder, 'a/models')],
      ['base', 'llama2'],
    ]);
    expect(loaded[1]!.tokenizer.tokenizer.encode('人')).toEqual([29871, 30313]);
    expect(await names(join(folder, 'x=y'))).toEqual(['x=y']);
    await expect(names('x=nothing-there')).rejects.toThrow(InputError);
  });
});

describe('distinctNames', () => {
  it('takes no more of a path than it must', () => {
    const entries = ['/r/1/out/m', '/r/2/out/m', '/r/2/in/m', '/r/m.model'].map((path) => ({ name: 'm', path }));
    expect(distinctNames(entries)).toEqual(['1/out/m', '2/out/m', 'in/m', 'r/m']);
    expect(
      distinctNames([
        { name: 'm', path: '' },
        { name: 'm', path: '/a/m' },
      ]),
    ).toEqual(['m', 'a/m']);
  });
});
