// The built-in base vocabulary `llama2`: the tokenizer.model of LLaMA 1 and 2, rebuilt byte for byte.
// The piece texts come from the npm package llama-tokenizer-js (MIT); scores and types follow from the ids, and the two
// specs below are what the published file says. Nothing is downloaded. Provenance and hashes: vocab/README.md.
import { createHash } from 'node:crypto';
import { PIECE_TYPE, type PieceType, SPACE_SYMBOL } from '../core/model.ts';
import { byteToPiece } from '../core/unicode/utf8.ts';
import {
  assembleSentencePiece,
  type SentencePieceDocument,
  type SentencePieceParts,
} from '../formats/sentencepiece/document.ts';
import { parsePackedPieces, readPackedModule, unexpectedPieces } from './packed-pieces.ts';

/** SHA-256 of the published tokenizer.model, which the one of {@link buildLlama2} has too. */
export const LLAMA2_SHA256 = '9e556afd44213b6bd1be2b850ebbbd98f5481437a8021afaf58ee7fb1818d347';

/** SHA-256 of the 32,000 piece texts joined by line feeds. */
const PIECES_SHA256 = '0f97b4337921e6e7e9b4620fc73338ee570aecd3c16038bc23870a887e995045';

const SOURCE = { name: 'llama2', packageName: 'llama-tokenizer-js' };

const VOCAB_SIZE = 32_000;
/** Ids 0-2 are the special pieces, then come the 256 byte pieces; what was learnt starts here. */
const FIRST_LEARNT_ID = 259;
const SPECIAL_PIECES: readonly string[] = ['<unk>', '<s>', '</s>'];
/** Score of the pieces that are runs of `▁`: the encoder prefers every other merge to them. */
const SPACE_RUN_SCORE = -1e9;
const SPACE_RUN = new RegExp(`^${SPACE_SYMBOL}+$`);

// The paths and the name are those of the original training run; they are part of the file and of its hash.
const TRAINER_SPEC: NonNullable<SentencePieceParts['trainerSpec']> = {
  input: ['/large_experiments/theorem/datasets/MERGED/all.test1.merged'],
  modelPrefix: 'spm_model_32k_200M_charcov099995_allowWSO__v2',
  modelType: 'bpe',
  vocabSize: VOCAB_SIZE,
  selfTestSampleSize: 0,
  inputFormat: 'text',
  characterCoverage: 0.99995,
  inputSentenceSize: 200_000_000,
  seedSentencepieceSize: 1_000_000,
  shrinkingFactor: 0.75,
  numThreads: 80,
  numSubIterations: 2,
  maxSentenceLength: 4192,
  shuffleInputSentence: true,
  maxSentencepieceLength: 16,
  splitByUnicodeScript: true,
  splitByWhitespace: true,
  splitByNumber: true,
  treatWhitespaceAsSuffix: false,
  splitDigits: true,
  allowWhitespaceOnlyPieces: true,
  vocabularyOutputPieceScore: true,
  hardVocabLimit: true,
  useAllVocab: false,
  byteFallback: true,
  requiredChars: '',
  unkId: 0,
  bosId: 1,
  eosId: 2,
  padId: -1,
  unkSurface: ' \u2047 ',
  unkPiece: '<unk>',
  bosPiece: '<s>',
  eosPiece: '</s>',
  padPiece: '<pad>',
  trainExtremelyLargeCorpus: false,
  enableDifferentialPrivacy: false,
  differentialPrivacyNoiseLevel: 0,
  differentialPrivacyClippingThreshold: 0,
};

const NORMALIZER_SPEC: NonNullable<SentencePieceParts['normalizerSpec']> = {
  name: 'identity',
  precompiledCharsmap: new Uint8Array(0),
  addDummyPrefix: true,
  removeExtraWhitespaces: false,
  normalizationRuleTsv: '',
};

/**
 * Builds LLaMA's tokenizer.model, 32,000 pieces.
 *
 * @throws InputError when the package llama-tokenizer-js is not installed
 * @throws FormatError when the package holds other pieces than expected
 * @example
 * ```ts
 * const { model } = await buildLlama2();
 * model.pieces.length; // 32000
 * model.pieces[31999]; // '给'
 * ```
 */
export async function buildLlama2(): Promise<SentencePieceDocument> {
  return buildFromPieceTexts(parsePackedPieces(await readPackedModule(SOURCE), SOURCE));
}

/**
 * Builds LLaMA's tokenizer.model from its piece texts, `[32000]`, in the order of their ids.
 *
 * @throws FormatError when they are not LLaMA's
 */
export function buildFromPieceTexts(texts: readonly string[]): SentencePieceDocument {
  checkPieceTexts(texts);
  return assembleSentencePiece({
    pieces: texts,
    pieceScores: Float32Array.from(texts, scoreOf),
    pieceTypes: Uint8Array.from(texts, (_, id) => typeOf(id)),
    trainerSpec: TRAINER_SPEC,
    normalizerSpec: NORMALIZER_SPEC,
  });
}

function typeOf(id: number): PieceType {
  if (id === 0) return PIECE_TYPE.unknown;
  if (id < 3) return PIECE_TYPE.control;
  return id < FIRST_LEARNT_ID ? PIECE_TYPE.byte : PIECE_TYPE.normal;
}

function scoreOf(piece: string, id: number): number {
  if (id < FIRST_LEARNT_ID) return 0;
  return SPACE_RUN.test(piece) ? SPACE_RUN_SCORE : FIRST_LEARNT_ID - id;
}

function checkPieceTexts(texts: readonly string[]): void {
  if (!Array.isArray(texts) || texts.length !== VOCAB_SIZE) {
    const found = Array.isArray(texts) ? `${texts.length} pieces` : 'no list of pieces';
    throw unexpectedPieces(SOURCE, `${found}, expected ${VOCAB_SIZE}`);
  }
  for (let id = 0; id < FIRST_LEARNT_ID; id++) {
    const wanted = SPECIAL_PIECES[id] ?? byteToPiece(id - 3);
    if (texts[id] !== wanted)
      throw unexpectedPieces(SOURCE, `piece ${id} is ${JSON.stringify(texts[id])}, expected "${wanted}"`);
  }
  const sha256 = createHash('sha256').update(texts.join('\n')).digest('hex');
  if (sha256 !== PIECES_SHA256)
    throw unexpectedPieces(SOURCE, `SHA-256 ${sha256} of the pieces, expected ${PIECES_SHA256}`);
}
