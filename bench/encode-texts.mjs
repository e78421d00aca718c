// The texts of bench/encode.mjs: by kind, all of them mixed, cut into short lines; and single lines of growing length.
import { describe, readTexts } from './texts.mjs';

const SHORT_CHARACTERS = 12;
const LONG_CHARACTERS = [100, 1_000, 10_000, 100_000, 1_000_000];
/** Characters of all lines of a length together, so that short ones can be timed. */
const LONG_TOTAL = 100_000;

/** Lines that spell a special token are read as the token by Hugging Face's engines and as text by all others. */
const SPELLED_SPECIAL = /<s>|<\/s>|<unk>/;

/** `{ name, lines, bytes, characters }[]`; lines that spell a special token are left out. */
export async function readEncodeTexts({ text: paths }) {
  const texts = (await readTexts(paths))
    .filter(({ name }) => name !== 'one line of Han')
    .map(({ name, lines }) =>
      describe(
        name,
        lines.filter((line) => !SPELLED_SPECIAL.test(line)),
      ),
    );
  if (!texts.some(({ name }) => name === 'mixed') && texts.length > 1) {
    const longest = Math.max(...texts.map(({ lines }) => lines.length));
    const turns = Array.from({ length: longest }, (_, i) => texts.map(({ lines }) => lines[i])).flat();
    texts.push(
      describe(
        'mixed',
        turns.filter((line) => line !== undefined),
      ),
    );
  }
  const short = texts[0].lines.flatMap((line) => line.match(new RegExp(`.{1,${SHORT_CHARACTERS}}`, 'gsu')) ?? []);
  return [...texts, describe(`lines of ${SHORT_CHARACTERS}`, short)];
}

/** Lines of Han characters without a break, of each length. */
export function longLines(texts, { quick }) {
  const han =
    texts
      .flatMap(({ lines }) => lines)
      .join('')
      .match(/\p{Script=Han}/gu) ?? [];
  if (han.length < 100) {
    process.stderr.write('error: the texts hold fewer than 100 Han characters to make long lines of\n');
    process.stderr.write('hint: Give a Chinese text with --text.\n');
    process.exit(1);
  }
  return LONG_CHARACTERS.filter((length) => !quick || length <= LONG_TOTAL).map((length) => {
    const total = Math.max(length, LONG_TOTAL);
    const characters = Array.from({ length: Math.ceil(total / han.length) }, () => han.join(''))
      .join('')
      .slice(0, total);
    const lines = Array.from({ length: total / length }, (_, i) => characters.slice(i * length, (i + 1) * length));
    return describe(`${length.toLocaleString('en-US')} Han characters`, lines);
  });
}
