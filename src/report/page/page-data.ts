// What the HTML page of a comparison shows, as plain JSON: the contract between those who measure (compare-tokenizers.ts and
// the collectors beside it), who embed files (pipeline/) and the page itself (report-page/, format-html.ts).
// Whatever is optional may be missing: the page leaves its section out, or says what it would take. Lists that belong to
// tokenizers name them as `report.tokenizers` does. Types only; what can be worked out from these figures (the answer in a
// sentence, costs for a model shape, advice) is worked out by the page and not stored twice.
import type { ComparisonReport } from '../measure/comparison-report.ts';
import type { ExtensionCurve } from '../measure/curve/extension-curve.ts';

/** `format` of the data in a page. */
export const REPORT_PAGE_FORMAT = 'vocab-merge/report-page';

/** Languages of the page. */
export const PAGE_LANGUAGES = ['en', 'zh'] as const;

/** One of {@link PAGE_LANGUAGES}. */
export type PageLanguage = (typeof PAGE_LANGUAGES)[number];

/** What one tokenizer makes of a passage; parallel arrays, one entry a token. */
export interface PassageTokens {
  /** Name of the tokenizer. */
  readonly tokenizer: string;
  /** -1 where the engine has no id. */
  readonly ids: readonly number[];
  /** Pieces as the vocabulary spells them: `▁` for space, `<0xE4>` for a byte, byte-level pieces as they are. */
  readonly pieces: readonly string[];
  /** `TOKEN_KIND` of each token. */
  readonly kinds: readonly number[];
  /**
   * UTF-16 offsets in the passage, as `encodeWithOffsets` gives them (of the bytes of a character only the last has text).
   * Left out where the engine tells none; the page then aligns tokens by their pieces.
   */
  readonly starts?: readonly number[];
  readonly ends?: readonly number[];
  /**
   * Characters that each token stands for, `null` for a part of a character. Only needed where `pieces` do not show them:
   * byte-level vocabularies.
   */
  readonly surfaces?: readonly (string | null)[];
}

/** A short passage, token by token. */
export interface SamplePassage {
  /** Name of the text that it is from. */
  readonly text: string;
  /** One line, at most about 200 code points. */
  readonly passage: string;
  /** In the order of the tokenizers. */
  readonly tokens: readonly PassageTokens[];
}

/** A vocabulary inside the page, for the live box and for the search. */
export interface EmbeddedVocabulary {
  /** Name of the tokenizer. */
  readonly tokenizer: string;
  /**
   * `sentencepiece`: a `.model` file; `packed-model`: any other kind that our own encoder runs, as packed-model.ts writes it;
   * `tokenizer-json`: the rest, as the file says it, run by @huggingface/tokenizers.
   */
  readonly kind: 'sentencepiece' | 'packed-model' | 'tokenizer-json';
  /** Name of the tokenizer that a packed model needs: it holds only what is behind that one. */
  readonly base?: string;
  /** The file, gzipped, in Base64. */
  readonly gzipBase64: string;
  /** Bytes of the file before compression. */
  readonly byteLength: number;
}

/** A piece that the encoder makes something else of. */
export interface MarkedPiece {
  readonly id: number;
  /** What the encoder makes of the piece's own text, as pieces. */
  readonly encodesTo?: readonly string[];
}

/** What the audit found about single pieces of one tokenizer. */
export interface PieceMarks {
  /** Name of the tokenizer. */
  readonly tokenizer: string;
  /** Never emitted on any text (audit check `dead`), ascending by id. */
  readonly dead: readonly MarkedPiece[];
  /** Pieces of the first tokenizer that no longer encode to themselves (audit check `broken`), ascending by id. */
  readonly broken: readonly MarkedPiece[];
  /** As of `AdviceFacts`. */
  readonly canRescore?: boolean | undefined;
}

/** The size-against-tokens curve of a tokenizer that extends the first. */
export interface PageCurve {
  /** Name of the tokenizer. */
  readonly tokenizer: string;
  readonly curve: ExtensionCurve;
  /**
   * Lines drawn from the compared texts that the curve was counted on; left out for a learner's own curve, of the text that it
   * learnt on. Only that one is exact enough to advise on the size.
   */
  readonly measuredLines?: number;
}

/** Everything that a page shows. */
export interface ReportPageData {
  readonly format: typeof REPORT_PAGE_FORMAT;
  readonly version: 1;
  /** Version of this package. */
  readonly packageVersion: string;
  /**
   * Figures by text and in total with their intervals, regressions, single-token checks, piece lengths, use of new pieces,
   * held-out warnings: all measured by `compareTokenizers`.
   */
  readonly report: ComparisonReport;
  /** Passages of different texts, most telling first. */
  readonly samples?: readonly SamplePassage[];
  /** Those that fit into the page; others can still be compared, but not typed at or searched. */
  readonly vocabularies?: readonly EmbeddedVocabulary[];
  /** Of the tokenizers that could be audited. */
  readonly marks?: readonly PieceMarks[];
  readonly curves?: readonly PageCurve[];
}
