// Every word of the page in English. texts-zh.ts has the same keys; the type of this object makes sure of it.
// What is worked out of figures in whole sentences (the answer, harm) is in report/page/answer-sentence.ts.
import type { Advice, AdviceReason } from '../../report/advise/advice.ts';
import { formatAmount } from '../../report/page/number-words.ts';

const s = (count: number, one: string, many: string): string => `${formatAmount(count)} ${count === 1 ? one : many}`;

/** English texts. */
export const TEXTS_EN = {
  locale: 'en',
  title: 'Tokenizer comparison',
  skip: 'Skip to the answer',
  controls: { language: 'Language', theme: 'Theme', auto: 'Auto', light: 'Light', dark: 'Dark', print: 'Print' },
  contents: 'Contents',
  nav: {
    answer: 'Answer',
    domains: 'Texts',
    capacity: 'Context and speed',
    tokens: 'See the tokens',
    extend: 'Should I extend?',
    harm: 'Harm',
    vocabulary: 'Vocabulary',
    method: 'Method',
  },
  data: 'Data as a table',
  csv: 'Download CSV',
  chartOf: (title: string) => `Chart: ${title}. The same data follows as a table.`,
  first: 'base',
  newPieces: (count: number) => `+${formatAmount(count)} pieces`,
  notExtension: 'not an extension',
  text: 'Text',
  total: 'All texts',
  tokenizer: 'Tokenizer',
  tokens: 'Tokens',
  none: '–',
  /** Between two sentences. */
  gap: ' ',
  /** Behind the name of what is spoken of. */
  colon: ': ',
  answer: {
    glance: 'All tokenizers at a glance',
    saved: 'tokens saved',
    more: 'more tokens',
    gain: 'text in the same context',
    contextOf: (window: string, before: string, now: string) => `${before} → ${now} characters in ${window} tokens`,
    rows: 'new rows',
    fewerRows: 'fewer rows',
    bytes: (bytes: string, model: string, valueBytes: number) =>
      `${bytes} in ${model}, ${valueBytes === 2 ? 'bfloat16' : s(valueBytes, 'byte a value', 'bytes a value')}`,
    harm: (count: number) => (count === 1 ? 'kind of harm' : 'kinds of harm'),
    noHarm: 'harm found',
    none: 'None',
    interval: (low: string, high: string, confidence: string) => `${confidence} interval ${low} to ${high}`,
    measured: (texts: number, lines: number, characters: string) =>
      `Measured on ${s(texts, 'text', 'texts')}, ${s(lines, 'line', 'lines')}, ${characters} characters.`,
    heldOut: (tokenizer: string, texts: string) =>
      `Not held out: ${tokenizer} was trained on ${texts}. Its figures on that text flatter it; compare on other text before you decide.`,
    columns: {
      vocabulary: 'Pieces',
      perCharacter: 'Tokens per character',
      ratio: 'Tokens against base',
      longer: 'Lines that get longer',
      bytes: 'Byte tokens',
      unknown: 'Unknown tokens',
    },
  },
  domains: {
    title: 'What each text takes',
    rate: 'Tokens per character, by text',
    rateNote:
      'Further left is better. Whiskers are confidence intervals; the figures at the right compare with the base.',
    rateNoteSole: 'Further left is better. Whiskers are confidence intervals.',
    change: (name: string) => `${name} against base`,
    low: 'low',
    high: 'high',
    bytes: 'Byte tokens, share of all tokens',
    bytesNote:
      'A character that the vocabulary lacks is spelled in bytes and takes two to four tokens. Text that is shown token by token has a broken character there until its last byte has come.',
    bytesNone: 'No tokenizer had to spell a single character in bytes.',
    unknown: (name: string, share: string) =>
      `${name} has no bytes to fall back on: ${share} of its tokens are unknown.`,
  },
  capacity: {
    title: 'Context and speed',
    context: 'Characters that fit into a context window',
    contextNote: 'At the rate of all texts together.',
    window: 'Window in tokens',
    speed: 'Expected decode speed-up',
    speedNote:
      'Writing one text at a time is bound by reading the weights once a token: fewer tokens win, a larger LM head loses. The dashed line is the base. Worked out from the shapes of the models, not measured.',
    shape: 'Model',
  },
  tokensSection: {
    title: 'See the tokens',
    intro: 'Each box is a token. Point at one, or move with the arrow keys, to see its id.',
    legend: {
      same: 'as in the base',
      differs: 'differs from the base',
      fresh: 'new piece',
      byte: 'byte of a character',
      unknown: 'unknown',
    },
    samples: 'From the compared texts',
    choose: 'Passage',
    countOf: (tokens: number, rate: string) => `${s(tokens, 'token', 'tokens')} · ${rate} per character`,
    tokensOf: (name: string) => `Tokens of ${name}`,
    live: 'Try your own text',
    liveNote: 'The encoder runs in this page, on the vocabularies in this file. Nothing is sent anywhere.',
    liveText: '人工智能是计算机科学、心理学、哲学等学科融合的交叉学科。A good tokenizer keeps English as it was.',
    loading: 'Opening the vocabulary …',
    notEmbedded: (name: string) =>
      `${name} is not embedded in this page: its vocabulary is too large, or of a kind that does not run here.`,
    noVocabularies: 'No vocabulary is embedded in this page.',
    failed: (name: string, reason: string) => `${name} could not be opened: ${reason}`,
    shown: (shown: number, all: number) => `The first ${formatAmount(shown)} of ${formatAmount(all)} tokens are shown.`,
    id: (id: number) => (id < 0 ? 'no id' : `id ${id}`),
    detail: {
      byte: 'byte',
      unknown: 'unknown',
      fresh: 'new piece',
      differs: 'differs from the base',
      same: 'as in the base',
    },
  },
  extend: {
    title: 'Should I extend, and by how much?',
    calculator: 'Calculator',
    tokenizer: 'Vocabulary',
    text: 'Measured on',
    shape: 'Model',
    custom: 'Own shape',
    hidden: 'Hidden size',
    layers: 'Layers',
    keyValue: 'Key-value size of a layer',
    body: 'Other parameters, millions',
    tied: 'LM head shares the embeddings',
    precision: 'Bytes of a value',
    rows: 'New rows',
    rowsNote: 'Other sizes than the measured one come from the curve below.',
    rowsMost: (rows: string) => `Nothing is known of more than ${rows} new rows: the figures are for that many.`,
    rowsFixed: 'Only the measured size is known.',
    training: 'Tokens you will train on, millions',
    result: 'Result',
    out: {
      embedding: 'Input embeddings grow by',
      head: 'LM head grows by',
      tiedHead: 'nothing, it is shared',
      growth: 'Share of the model',
      saved: 'Tokens saved per million characters',
      context: 'Text in the same context',
      speed: 'Decoding, one text at a time',
      cache: 'The smaller key-value cache makes up for the memory of the rows from a context of',
      training: 'The computation of the training is saved again after',
      breakEven: 'Decoding is faster with at least',
      breakEvenMore: 'Decoding is faster with',
      times: (factor: string) => `${factor} times`,
      characters: (amount: string) => `${amount} characters`,
      fewer: (share: string) => `${share} fewer tokens`,
      more: (share: string) => `less than ${share} more tokens`,
      never: 'never',
      atOnce: 'at once',
    },
    advice: 'Advice',
    replacement: 'That is a replacement, not an extension.',
    curve: 'Tokens by number of new pieces',
    curveNote: (knee: string, gain: string) =>
      `The knee is at ${knee} new pieces; up to there, 1,000 more still save ${gain} of the tokens.`,
    learntCurve: 'Figures of the learner, on the text that it learnt from.',
    measuredCurve: (lines: number) =>
      `Counted on ${s(lines, 'line', 'lines')} drawn from the compared texts, with the first of the new pieces only.`,
    knee: (pieces: string) => `knee: ${pieces}`,
    noKnee: (gain: string) =>
      `Up to the last piece, 1,000 more still save ${gain} of the tokens or more: further pieces may be worth it too.`,
    pieces: 'New pieces',
    share: 'Tokens against base',
    gain: 'Gain per 1,000 pieces',
    embedding: 'Embedding and LM head',
    usage: 'How many new pieces carry how much text',
    usageNote: (name: string, pieces: string, share: string, all: string) =>
      `${pieces} of the ${all} new pieces of ${name} make up ${share} of its new tokens.`,
    tokenShare: 'Share of new tokens',
    characterShare: 'Share of all characters',
    rare: 'Pieces that training will hardly see',
    rareNote: (unused: string, all: string) =>
      `${unused} of ${all} new pieces do not occur in these texts at all. Rows that are seen too rarely stay near their first values.`,
    rareNeed: (tokens: string) =>
      `For 95 % of the new pieces to be seen 100 times, it takes about ${tokens} tokens of text like this.`,
    rareUnknown:
      'These texts are too short to tell how much training text it takes for 95 % of the new pieces to be seen 100 times.',
    rarePieces: 'Rarest pieces',
    piece: 'Piece',
    count: 'Occurs',
  },
  advice: {
    verdict: (advice: Advice): string => advice.text,
    reason: (reason: AdviceReason): string => reason.text,
    replaces: (name: string, first: string) =>
      `${name} does not keep the rows of ${first}. Switching means training input embeddings and LM head anew, not extending them.`,
    smallTexts: (texts: string) =>
      `The saving is not everywhere: below 5 % on ${texts}. Make sure that what you serve is not that.`,
    unmeasured: (share: string) =>
      `${share} of the new pieces do not occur in the compared texts: this report cannot tell whether training will see them.`,
  },
  harm: {
    title: 'Harm',
    none: (name: string) =>
      `${name}: no text and no line takes more tokens, and multiple-choice answers keep their ids.`,
    /** The ids of another vocabulary mean other pieces: there is nothing to keep. */
    noneOfOthers: (name: string) => `${name}: no text and no line takes more tokens.`,
    sole: 'There is nothing to compare with: give a second tokenizer.',
    found: (name: string) => `${name}:`,
    regressions: 'Worst regressions',
    regressionsNote: 'Lines that take more tokens than with the base, worst first.',
    noRegressions: (name: string) => `No line gets longer with ${name}.`,
    line: 'Line',
    excerpt: 'Beginning',
    moreLines: (count: number) => s(count, 'more line', 'more lines'),
    before: 'Base',
    after: 'Now',
    answers: 'Letters and digits of multiple-choice answers',
    answersNote:
      'Evaluations look for the answer as one token. A dot is one token, ×2 are two tokens. ‹ says that the answer joins with the prompt.',
    /** Where there are ids of the base to be kept. */
    answersRing: 'A ring says that the id is not the one of the base.',
    places: { alone: 'alone', 'after space': 'behind “Answer: ”', 'no space': 'behind “答案：”' },
    single: 'one token',
    several: (count: number) => `${count} tokens`,
    joins: 'joins with the prompt',
    changed: 'differs from the base',
    place: 'Place',
  },
  vocabulary: {
    title: 'Vocabulary',
    lengths: 'How long pieces are',
    lengthsNote: 'In characters, the space in front not counted.',
    inVocabulary: 'In the vocabulary',
    inText: 'In the texts',
    show: 'Show',
    length: 'Characters',
    pieces: 'Pieces',
    share: 'Share',
    search: 'Search the vocabulary',
    tokenizer: 'Tokenizer',
    query: 'Text or id',
    queryHint: (piece: string, id: number) => `${piece} or ${id}`,
    script: 'Script',
    anyScript: 'All scripts',
    from: 'Length from',
    to: 'to',
    kind: 'Pieces',
    kinds: { all: 'All', fresh: 'New', dead: 'Dead', broken: 'Broken', byte: 'Bytes', special: 'Special' },
    found: (count: number, all: number) => `${s(count, 'piece', 'pieces')} of ${formatAmount(all)}`,
    elsewhere: (count: number) => `${s(count, 'piece matches', 'pieces match')} without the other fields.`,
    searchAll: 'Search all pieces',
    more: (count: number) => `Show ${formatAmount(count)} more`,
    id: 'Id',
    piece: 'Piece',
    score: 'Score',
    remarks: 'Remarks',
    dead: 'dead',
    broken: 'broken',
    fresh: 'new',
    byte: 'byte',
    special: 'special',
    becomes: (pieces: string) => `becomes ${pieces}`,
    unaudited: 'Dead and broken pieces were not looked for in this vocabulary.',
    open: 'Open the vocabulary',
  },
  method: {
    title: 'Method',
    lines: [
      'Every line is encoded on its own, without begin and end tokens. A character is a Unicode code point; line breaks are not counted.',
      'The first tokenizer is the base: ratios, regressions and new pieces refer to it.',
    ],
    bootstrap: (replicates: number, confidence: string) =>
      `Intervals are ${confidence} bootstrap intervals from ${formatAmount(replicates)} resamplings of the lines, the same ones for all tokenizers. They tell how sure the figure is for text like this, and nothing about other text.`,
    noBootstrap: 'Confidence intervals were not worked out.',
    speed:
      'Costs follow from the shape of the model, by the config.json beside the base, or of published models: bytes are rows times hidden size times the bytes of a value; training is counted as 6 and inference as 2 operations per parameter and token.',
    made: (version: string) => `Made by vocab-merge ${version}.`,
    charts: 'Charts by Apache ECharts.',
    engines: 'Counted by',
  },
} as const;

type Widen<T> = T extends string
  ? string
  : T extends (...args: infer A) => infer R
    ? (...args: A) => Widen<R>
    : T extends readonly unknown[]
      ? readonly string[]
      : { readonly [K in keyof T]: Widen<T[K]> };

/** What every language has to say. */
export type PageTexts = Widen<typeof TEXTS_EN>;
