// Gathers what the HTML page shows beside the figures: passages token by token, vocabularies to embed, pieces that the audit
// marked, size curves. It measures nothing that compareTokenizers has measured and reads no file; auditing and reading
// are the caller's.

import { isSentencePieceModel, type TokenizerModel } from '../../core/model.ts';
import { codePointLength, encodeUtf8 } from '../../core/unicode/utf8.ts';
import type { AuditCode, AuditReport } from '../../formats/audit-report.ts';
import { encodeBase64 } from '../../formats/base64.ts';
import { buildSentencePiece } from '../../formats/sentencepiece/document.ts';
import { canRescore } from '../advise/comparison-facts.ts';
import { type ComparedTokenizer, encoderOf, modelOf, openCounter } from '../counters/open-counter.ts';
import type { TokenCounter } from '../counters/token-counter.ts';
import type { ComparisonReport, TextComparison } from '../measure/comparison-report.ts';
import type { ExtensionCurve } from '../measure/curve/extension-curve.ts';
import { measureExtensionCurve } from '../measure/curve/measure-curve.ts';
import type { TextCandidates } from '../measure/passages.ts';
import { packModel } from './packed-model.ts';
import {
  type EmbeddedVocabulary,
  type MarkedPiece,
  type PageCurve,
  REPORT_PAGE_FORMAT,
  type ReportPageData,
  type SamplePassage,
} from './page-data.ts';
import { encodePassage, type PassageEncoder, passageOffsets } from './passage-tokens.ts';

/** Passages of a page. */
export const PAGE_PASSAGES = 12;
/**
 * Characters of Base64 for all embedded vocabularies together: with the page's own 1 MB a page stays under 5.5 MB, which mail
 * takes. A vocabulary of 50,000 SentencePiece pieces takes about 0.5 MB of it, one of 128,000 byte-level pieces 0.9 MB, what extends
 * that one next to nothing, and 256,000 pieces of Gemma 2 MB.
 */
export const MOST_EMBEDDED = 4_200_000;

/** Most passages of a text that are encoded to find the typical one. */
const WEIGHED_PASSAGES = 24;

/** One tokenizer of the page, with what is known of it beside the report. */
export interface PageTokenizer {
  /** As it was given to `compareTokenizers`. */
  readonly entry: ComparedTokenizer;
  /** Its counter, where one is open already. */
  readonly counter?: TokenCounter | undefined;
  /** Its audit against the first tokenizer. */
  readonly audit?: AuditReport | undefined;
  readonly curve?: ExtensionCurve | undefined;
}

/** Input of {@link collectPageData}. */
export interface CollectPageOptions {
  readonly report: ComparisonReport;
  /** In the order of the report. */
  readonly tokenizers: readonly PageTokenizer[];
  /** Lines of each text to choose passages from, in the order of the report: see `createPassageCollector`. */
  readonly candidates?: readonly TextCandidates[] | undefined;
  readonly packageVersion: string;
  /** Default {@link MOST_EMBEDDED}; 0 embeds none. */
  readonly mostEmbedded?: number | undefined;
}

/**
 * Gathers the data of a page. The same input gives the same data.
 *
 * @throws FormatError when a tokenizer cannot be opened
 * @example
 * ```ts
 * const collector = createPassageCollector();
 * const report = await compareTokenizers({ tokenizers, texts: texts.map(collector.tap) });
 * const data = await collectPageData({
 *   report,
 *   tokenizers: tokenizers.map((entry) => ({ entry })),
 *   candidates: collector.candidates(),
 *   packageVersion: '0.1.0',
 * });
 * // Tokens of the first passage by each tokenizer.
 * data.samples?.[0].tokens.map(({ ids }) => ids.length);
 * ```
 */
export async function collectPageData(options: CollectPageOptions): Promise<ReportPageData> {
  const { report, tokenizers, candidates = [], packageVersion, mostEmbedded = MOST_EMBEDDED } = options;
  const names = report.tokenizers.map(({ name }) => name);
  const encoders: PassageEncoder[] = [];
  for (const [i, { entry, counter }] of tokenizers.entries()) {
    encoders.push({ name: names[i]!, counter: counter ?? (await openCounter(entry)), offsets: offsetsOf(entry) });
  }
  const vocabularies: EmbeddedVocabulary[] = [];
  let left = mostEmbedded;
  /** The first tokenizer, once it is embedded: those that extend it are packed against it. */
  let packedBase: TokenizerModel | undefined;
  for (const [i, { entry }] of tokenizers.entries()) {
    const file = left === 0 ? undefined : fileOf(entry, packedBase);
    if (file === undefined) continue;
    const gzipBase64 = encodeBase64(await gzip(file.bytes));
    if (gzipBase64.length > left) continue;
    left -= gzipBase64.length;
    if (i === 0 && file.kind === 'packed-model') packedBase = modelOf(entry);
    vocabularies.push({
      tokenizer: names[i]!,
      kind: file.kind,
      ...(file.needsBase && { base: names[0]! }),
      gzipBase64,
      byteLength: file.bytes.length,
    });
  }
  return {
    format: REPORT_PAGE_FORMAT,
    version: 1,
    packageVersion,
    report,
    samples: chooseSamples(report, candidates, encoders),
    vocabularies,
    marks: tokenizers.flatMap(({ audit }, i) =>
      audit === undefined
        ? []
        : [
            {
              tokenizer: names[i]!,
              dead: marksOf(audit, ['dead', 'pre-tokenizer']),
              broken: marksOf(audit, ['broken']),
              canRescore: canRescore(audit),
            },
          ],
    ),
    curves: tokenizers.flatMap((tokenizer, i) => curveOf(tokenizer, { report, candidates, at: i })),
  };
}

/** The learner's curve where it is known; else one that is measured, where the vocabulary can be cut off. */
function curveOf(
  { entry, curve }: PageTokenizer,
  { report, candidates, at }: { report: ComparisonReport; candidates: readonly TextCandidates[]; at: number },
): PageCurve[] {
  const { name, extendsFirst } = report.tokenizers[at]!;
  if (curve !== undefined) return [{ tokenizer: name, curve }];
  const model = modelOf(entry);
  if (!extendsFirst || model === undefined || !isSentencePieceModel(model)) return [];
  const baseSize = report.tokenizers[0]!.vocabSize;
  const measured = measureExtensionCurve({ model, baseSize, texts: report.texts, candidates });
  return measured === undefined ? [] : [{ tokenizer: name, curve: measured.curve, measuredLines: measured.lines }];
}

/** Where the tokens lie, for entries with the library's own tokenizer. */
function offsetsOf(entry: ComparedTokenizer): PassageEncoder['offsets'] {
  const tokenizer = encoderOf(entry);
  return tokenizer && passageOffsets(tokenizer);
}

/** One passage a text, the texts with the greatest savings first, then those where a line gets longest. */
function chooseSamples(
  report: ComparisonReport,
  candidates: readonly TextCandidates[],
  encoders: readonly PassageEncoder[],
): SamplePassage[] {
  const typical = candidates.flatMap(({ text, passages }, i) => {
    const figures = report.texts[i];
    if (figures === undefined || passages.length === 0) return [];
    const step = Math.ceil(passages.length / WEIGHED_PASSAGES);
    const encoded = passages
      .filter((_, i) => i % step === 0)
      .map((passage) => ({ text, passage, tokens: encoders.map((each) => encodePassage(each, passage)) }));
    const distances = encoded.map((sample) => distanceTo(figures, sample));
    const best = distances.indexOf(Math.min(...distances));
    return [{ sample: encoded[best]!, saving: 1 - lowestRatio(figures) }];
  });
  // Array.prototype.sort is stable: equal savings keep the order of the texts.
  const samples = typical.sort((a, b) => b.saving - a.saving).map(({ sample }) => sample);
  // Harm is shown beside the gain, whatever the number of texts.
  const longer = report.regressions.flatMap(({ worst }) => worst.slice(0, 1));
  const shown = samples.slice(0, Math.max(1, PAGE_PASSAGES - longer.length));
  for (const { text, excerpt } of longer) {
    if (shown.some(({ passage }) => passage === excerpt)) continue;
    shown.push({ text, passage: excerpt, tokens: encoders.map((each) => encodePassage(each, excerpt)) });
  }
  return shown;
}

/** How far a passage is from its text: distances of tokens per character, as shares, summed over the tokenizers. */
function distanceTo(figures: TextComparison, { passage, tokens }: SamplePassage): number {
  const characters = codePointLength(passage);
  let sum = 0;
  for (const [i, { tokensPerCharacter }] of figures.figures.entries()) {
    if (tokensPerCharacter !== null && tokensPerCharacter > 0) {
      sum += Math.abs(tokens[i]!.ids.length / characters / tokensPerCharacter - 1);
    }
  }
  return sum;
}

function lowestRatio({ figures }: TextComparison): number {
  return Math.min(1, ...figures.map(({ ratioToFirst }) => ratioToFirst ?? 1));
}

interface EmbeddedFile {
  readonly kind: EmbeddedVocabulary['kind'];
  readonly bytes: Uint8Array;
  readonly needsBase?: boolean;
}

function fileOf(entry: ComparedTokenizer, base: TokenizerModel | undefined): EmbeddedFile | undefined {
  const model = modelOf(entry);
  if (model !== undefined && isSentencePieceModel(model))
    return { kind: 'sentencepiece', bytes: entry.bytes ?? buildSentencePiece(model).bytes };
  const packedModel = model && packModel(model, base);
  if (packedModel !== undefined) return { kind: 'packed-model', ...packedModel };
  const { json } = entry;
  if (typeof json !== 'object' || json === null) return undefined;
  return { kind: 'tokenizer-json', bytes: encodeUtf8(JSON.stringify(json)) };
}

async function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  // A copy: the stream wants a buffer that nobody shares.
  const stream = new Blob([Uint8Array.from(bytes)]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function marksOf(audit: AuditReport, codes: readonly AuditCode[]): MarkedPiece[] {
  return audit.checks
    .flatMap(({ code, findings }) => (codes.includes(code) ? findings : []))
    .flatMap(({ id, encodesTo }) => (id === undefined ? [] : [{ id, ...(encodesTo !== undefined && { encodesTo }) }]))
    .sort((a, b) => a.id - b.id);
}
