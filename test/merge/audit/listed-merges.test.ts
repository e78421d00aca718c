// Merges that can never apply, and the order of merges beside the base's.
import { describe, expect, it } from 'vitest';
import { checkListedMerges } from '../../../src/merge/audit/listed-merges.ts';
import { buildAuditContext } from '../../../src/merge/audit/subject.ts';
import { traceFormation } from '../../../src/merge/choice/formation.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';
import { type ByteModelParts, byteLevelModel } from '../choice/byte-models.ts';

type Merges = ByteModelParts['merges'];

function check(merges: Merges, baseMerges?: Merges) {
  const subject = (name: string, list: Merges) => ({
    name,
    tokenizer: createTokenizer(byteLevelModel({ merges: list, pieces: ['cd'] })),
  });
  const target = subject('target', merges);
  const base = baseMerges === undefined ? undefined : subject('base', baseMerges);
  const formation = traceFormation(target.tokenizer.model, () => true);
  const [idle, order] = checkListedMerges(buildAuditContext(target, base), formation);
  return { idle: idle!, order: order! };
}

describe('merges that never apply', () => {
  it('are told apart: another way, a part that is taken, a part that is never made', () => {
    const { idle } = check([
      ['b', 'c'],
      ['a', 'b'],
      ['ab', 'c'],
      ['abc', 'd'],
      ['x', 'y'],
      ['y', 'z'],
      ['xy', 'z'],
      ['x', 'yz'],
    ]);
    expect(idle).toMatchObject({ code: 'merges', verdict: 'note', count: 3, of: 8 });
    expect(idle.findings.map(({ piece, reason }) => [piece, reason])).toEqual([
      ['abc', 'ab + c: an earlier merge takes a part of it'],
      ['abcd', 'abc + d: a part is never made'],
    ]);
    expect(idle.summary).toContain('1 because another merge makes the piece first');
  });

  it('are counted of new pieces only, with a base', () => {
    const base: Merges = [
      ['b', 'c'],
      ['a', 'b'],
      ['ab', 'c'],
    ];
    expect(check([...base, ['bc', 'd']], base).idle).toMatchObject({ verdict: 'ok', count: 0, of: 1 });
    expect(check([...base, ['ab', 'cd']], base).idle).toMatchObject({ count: 1, of: 1 });
  });
});

describe('merges of the base', () => {
  const base: Merges = [
    ['a', 'b'],
    ['b', 'c'],
    ['c', 'd'],
  ];
  const reasons = (merges: Merges) => check(merges, base).order.findings.map(({ reason }) => reason);

  it('come first, in their order', () => {
    expect(check([...base, ['ab', 'cd']], base).order).toMatchObject({ code: 'outranks', verdict: 'ok' });
  });

  it('are missed, found out of order, and behind new ones', () => {
    expect(
      reasons([
        ['a', 'b'],
        ['c', 'd'],
        ['b', 'c'],
      ]),
    ).toEqual(['c + d: earlier than in the base']);
    expect(
      reasons([
        ['a', 'b'],
        ['b', 'cd'],
        ['c', 'd'],
      ]),
    ).toEqual(['b + cd: new, and before merges of the base']);
    // Without the merge that made it, `bc` is a piece no more.
    expect(
      check(
        [
          ['a', 'b'],
          ['c', 'd'],
        ],
        base,
      ).order.verdict,
    ).toBe('ok');
    expect(
      reasons([
        ['a', 'b'],
        ['d', 'd'],
        ['b', 'c'],
        ['c', 'd'],
      ]),
    ).toEqual(['d + d: new, and before merges of the base']);
  });
});
