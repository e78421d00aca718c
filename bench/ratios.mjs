// The ratios of a run, one line each: what the tables of bench/main.mjs come down to, by the clock and, where it is known, by
// processor time, which alone means something beside other work. Figures are made elsewhere; what was left out says why.
import { formatNumber, printHeading, printTable } from './print.mjs';

const NO_PYTHON = 'left out: --python names no Python with sentencepiece';
const NO_ROOM = 'left out: no room on the disk';

/** Prints the ratios of all parts. */
export function printRatios({ encode, start, corpus, train, resize }) {
  const rows = [...trainingRatios(train), ...fileRatios(corpus), ...sampleRatios(encode)];
  const copy = 'resize, of the speed of a plain copy';
  rows.push(resize === undefined ? leftOut(copy, NO_ROOM) : [copy, formatNumber(resize.ratio), '']);
  const [node, ...programs] = start;
  for (const figure of programs) {
    const { name, milliseconds, ratio } = figure;
    if (ratio === null) rows.push([`${name}, ms`, formatNumber(milliseconds), '']);
    else {
      const cpu = figure.cpuMilliseconds === null ? '' : formatNumber(ratio);
      rows.push([`${name}, times ${node.name}`, formatNumber(milliseconds / node.milliseconds), cpu]);
    }
  }
  printHeading('Ratios of this run');
  printTable(['', 'by the clock', 'CPU'], rows);
}

function trainingRatios({ runs }) {
  const find = (type, trainer) => runs.find((run) => run.type === type && run.trainer === trainer);
  const faster = (label, type, trainer) => {
    const theirs = find(type, 'pip') ?? find(type, 'spm_train');
    const what = `train ${label}, times faster than sentencepiece`;
    return theirs === undefined ? leftOut(what, NO_PYTHON) : ratioOf(what, theirs, find(type, trainer));
  };
  return [
    faster('Unigram', 'unigram', 'vocab-merge'),
    faster('Unigram --fast', 'unigram', 'fast'),
    faster('BPE', 'bpe', 'vocab-merge'),
    ratioOf('extend, time beside train BPE', find('bpe', 'extend'), find('bpe', 'vocab-merge')),
  ];
}

function fileRatios({ figures }) {
  const of = (name) => figures.find((figure) => figure.name === name);
  const [one, two, theirs] = ['vocab-merge, 1 thread', 'vocab-merge, 2 threads', 'sentencepiece, 1 thread'].map(of);
  const what = 'encode a file, times faster than sentencepiece';
  return [
    theirs === undefined ? leftOut(what, NO_PYTHON) : ratioOf(what, theirs, one),
    ratioOf('encode a file, two threads beside one', one, two),
  ];
}

// With the larger vocabulary, beside the C++ library as WebAssembly.
function sampleRatios(encode) {
  const { vocabulary } = encode.at(-1);
  return encode
    .filter((figure) => figure.vocabulary === vocabulary && figure.engine === 'sentencepiece-js')
    .map(({ text, ratio, megabytesPerSecond }) => {
      const speed = `${formatNumber(ratio * megabytesPerSecond)} MB/s`;
      return [`encode ${text} at ${speed}, times faster than sentencepiece-js`, formatNumber(ratio), ''];
    });
}

function ratioOf(what, one, other) {
  const isKnown = one.cpuSeconds !== null && other.cpuSeconds !== null;
  const cpu = isKnown ? formatNumber(one.cpuSeconds / other.cpuSeconds) : '';
  return [what, formatNumber(one.seconds / other.seconds), cpu];
}

function leftOut(what, reason) {
  return [`${what}: ${reason}`, '', ''];
}
