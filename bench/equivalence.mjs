// Before anything is timed: do the engines give the same ids? Where they are known not to, it is said why; anywhere
// else a difference ends the run, because the speed of a wrong answer is of no interest.

/** Differences that are understood. `scores` names the merge they occur with. */
const EXCEPTIONS = [
  {
    engine: '@huggingface/tokenizers',
    scores: ['zero', 'keep'],
    reason: 'pieces with equal scores: a list of merges must order what SentencePiece treats as a tie',
  },
];

/**
 * Compares each engine's ids with those of the first, line by line.
 * @returns `{ engine, lines, differing, exception?, example? }[]`
 */
export function compareIds(engines, lines, { scores }) {
  const [first, ...others] = engines;
  const expected = lines.map((line) => first.encode(line));
  return others.map(({ name, encode }) => {
    let differing = 0;
    let example;
    lines.forEach((line, i) => {
      if (isSame(expected[i], encode(line))) return;
      differing++;
      example ??= line;
    });
    const exception =
      differing > 0
        ? EXCEPTIONS.find((known) => known.engine === name && known.scores.includes(scores))?.reason
        : undefined;
    return { engine: name, lines: lines.length, differing, exception, example };
  });
}

function isSame(a, b) {
  return a.length === b.length && a.every((id, i) => id === b[i]);
}
