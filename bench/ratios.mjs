// The ratios of a run, one line each: what the tables of bench/main.mjs come down to. Figures are made elsewhere; what was left
// out says why.
import { formatNumber, printHeading, printTable } from './print.mjs';

const NO_PYTHON = 'left out: --python names no Python with sentencepiece';
const NO_ROOM = 'left out: no room on the disk';

/** Prints the ratios of all parts. */
export function printRatios({ encode, start, corpus, train, resize }) {
  const rows = [...trainingRatios(train), ...fileRatios(corpus), ...sampleSpeeds(encode)];
  rows.push(['resize, of the speed of a plain copy', resize === undefined ? NO_ROOM : formatNumber(resize.ratio)]);
  for (const { name, milliseconds, ratio } of start) {
    if (name === 'node -e 0') continue;
    rows.push(
      ratio === null ? [`${name}, ms`, formatNumber(milliseconds)] : [`${name}, times node -e 0`, formatNumber(ratio)],
    );
  }
  printHeading('Ratios of this run');
  printTable(['', ''], rows);
}

function trainingRatios({ runs }) {
  const time = (type, trainer) => runs.find((run) => run.type === type && run.trainer === trainer)?.seconds;
  const timesFaster = (type, trainer) => {
    const theirs = time(type, 'pip') ?? time(type, 'spm_train');
    return theirs === undefined ? NO_PYTHON : formatNumber(theirs / time(type, trainer));
  };
  return [
    ['train Unigram, times faster than sentencepiece', timesFaster('unigram', 'vocab-merge')],
    ['train Unigram --fast, times faster than sentencepiece', timesFaster('unigram', 'fast')],
    ['train BPE, times faster than sentencepiece', timesFaster('bpe', 'vocab-merge')],
    ['extend, time beside train BPE', formatNumber(time('bpe', 'extend') / time('bpe', 'vocab-merge'))],
  ];
}

function fileRatios({ figures }) {
  const of = (name) => figures.find((figure) => figure.name === name);
  const [one, two, theirs] = ['vocab-merge, 1 thread', 'vocab-merge, 2 threads', 'sentencepiece, 1 thread'].map(of);
  return [
    ['encode a file, times faster than sentencepiece', theirs ? formatNumber(theirs.seconds / one.seconds) : NO_PYTHON],
    ['encode a file, two threads beside one', formatNumber(one.seconds / two.seconds)],
  ];
}

// With the larger vocabulary, beside the C++ library as WebAssembly.
function sampleSpeeds(encode) {
  const { vocabulary } = encode.at(-1);
  return encode
    .filter((figure) => figure.vocabulary === vocabulary && figure.engine === 'sentencepiece-js')
    .map(({ text, ratio, megabytesPerSecond }) => [
      `encode ${text}, MB/s, and times faster than sentencepiece-js`,
      `${formatNumber(ratio * megabytesPerSecond)}  ${formatNumber(ratio)}`,
    ]);
}
