import { describe, expect, it } from 'vitest';
import { globRoot, globToRegExp, isGlob } from '../../../src/corpus/read/glob.ts';

describe('globs', () => {
  it.each([
    ['*.txt', ['a.txt', '好.txt'], ['a/b.txt', '.a.txt', 'a.txts']],
    ['a/**/b.txt', ['a/b.txt', 'a/x/y/b.txt'], ['a/.x/b.txt', 'ab.txt']],
    ['a/**', ['a/b', 'a/b/c'], ['a', 'a/.b']],
    ['?[a-c].{txt,jsonl{,.gz}}', ['xa.txt', 'xb.jsonl', 'xc.jsonl.gz'], ['xd.txt', 'a.txt']],
    ['[!a]*', ['b', 'bc'], ['a', 'ab']],
    ['a+(b).txt', ['a+(b).txt'], ['aab.txt']],
    ['{a}', ['{a}'], ['a']],
    ['[]x]', [']', 'x'], ['[']],
  ])('%s', (pattern, yes, no) => {
    const expression = globToRegExp(pattern);
    for (const path of yes) expect([path, expression.test(path)]).toEqual([path, true]);
    for (const path of no) expect([path, expression.test(path)]).toEqual([path, false]);
  });

  it('start at the last plain folder', () => {
    expect(globRoot('data/zh/*.txt')).toBe('data/zh');
    expect(globRoot('/*.txt')).toBe('/');
    expect(globRoot('**/x')).toBe('');
    expect(isGlob('a/b.txt')).toBe(false);
  });
});
