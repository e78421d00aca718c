// What verify found, as data: the shape of its JSON document, and its text for a terminal.
import { counted, groupDigits } from '../../core/counted.ts';
import { KNOWN_CAUSES, type KnownCause } from './explain.ts';

/** A text on which an engine differs from the reference. */
export interface VerifyDifference {
  /** Number of the line among the given ones, from 1; `null` for a built-in text. */
  readonly line: number | null;
  /** The text, cut where it is long. */
  readonly text: string;
  /** The first token that differs, from 0. */
  readonly at: number;
  /** Ids and pieces of the reference from there on, a few of them. */
  readonly expected: { readonly ids: readonly number[]; readonly pieces: readonly string[] };
  /** What the engine gave there. */
  readonly found: { readonly ids: readonly number[]; readonly pieces: readonly string[] };
}

/** Differences with a stated cause. */
export interface KnownDifferences {
  readonly cause: KnownCause;
  /** The cause as a sentence. */
  readonly meaning: string;
  readonly texts: number;
  readonly examples: readonly VerifyDifference[];
}

/** One engine. */
export interface EngineReport {
  readonly engine: string;
  readonly version: string | null;
  /** The file it was given. */
  readonly file: string;
  /**
   * `reference`: the others are compared with it; `compared`; `not-installed`; `no-file`: the folder lacks what it reads;
   * `refused`: our own reader says that the file cannot be what SentencePiece has; `failed`: it could not be opened.
   */
  readonly status: 'reference' | 'compared' | 'not-installed' | 'no-file' | 'refused' | 'failed';
  /** Why it was not compared. */
  readonly reason: string | null;
  readonly texts: number;
  /** Texts with other ids than the reference. */
  readonly differing: number;
  readonly known: readonly KnownDifferences[];
  /** Differences without a stated cause; any of them makes verify fail. */
  readonly unexplained: { readonly texts: number; readonly examples: readonly VerifyDifference[] };
}

/** Result of verify. */
export interface VerifyReport {
  readonly format: 'vocab-merge/verify';
  readonly version: 1;
  readonly source: string;
  readonly modelSha256: string | null;
  readonly jsonSha256: string | null;
  readonly vocabSize: number;
  /** Texts that every engine got: built-in ones, then the given lines. */
  readonly builtInTexts: number;
  readonly lines: number;
  readonly tokens: number;
  /** True when nothing is unexplained and no engine failed. */
  readonly passed: boolean;
  readonly engines: readonly EngineReport[];
}

/**
 * The report for a terminal.
 *
 * @example
 * ```ts
 * console.log(formatVerifyTerminal(await verifyTokenizer({ source: 'merged' })));
 * ```
 */
export function formatVerifyTerminal(report: VerifyReport): string {
  const { builtInTexts, lines, tokens, vocabSize, engines, source } = report;
  const total = `${counted(builtInTexts, 'built-in text')}${lines > 0 ? ` and ${counted(lines, 'line')}` : ''}`;
  const parts = [`${source}: ${counted(vocabSize, 'piece')}; ${total}, ${counted(tokens, 'token')}`, ''];
  const names = engines.map(nameOf);
  const width = Math.max(...names.map((name) => name.length));
  engines.forEach((engine, i) => {
    parts.push(`${names[i]!.padEnd(width)}  ${verdictOf(engine)}`);
  });
  for (const { title, lines: described } of sectionsOf(engines)) parts.push('', title, ...described);
  return parts.join('\n');
}

// Engines that read the same file usually differ in the same way: they are named together.
function sectionsOf(engines: readonly EngineReport[]): { title: string; lines: string[] }[] {
  const sections = new Map<string, { names: string[]; title: string; lines: string[] }>();
  const add = (name: string, title: string, lines: string[]): void => {
    const key = [title, ...lines].join('\n');
    const section = sections.get(key);
    if (section === undefined) sections.set(key, { names: [name], title, lines });
    else section.names.push(name);
  };
  for (const engine of engines) {
    const name = nameOf(engine);
    const { texts, examples } = engine.unexplained;
    if (texts > 0)
      add(
        name,
        `${counted(texts, 'text differs', 'texts differ')}, and it is not known why`,
        examples.flatMap(describeDifference),
      );
    for (const { cause, meaning, texts: knownTexts, examples: knownExamples } of engine.known) {
      const title = `${counted(knownTexts, 'text differs', 'texts differ')} by a known cause (${cause})`;
      add(name, title, [`  ${meaning}`, ...knownExamples.flatMap(describeDifference)]);
    }
  }
  return [...sections.values()].map(({ names, title, lines }) => ({ title: `${names.join(', ')}: ${title}`, lines }));
}

function nameOf({ engine, version, file }: EngineReport): string {
  const name = engine.startsWith('vocab-merge') ? 'vocab-merge' : engine;
  return `${name}${version === null ? '' : ` ${version}`} (${file.replace(/^.*[/\\]/, '')})`;
}

function verdictOf({ status, reason, differing, unexplained, known }: EngineReport): string {
  if (status === 'reference') return 'the reference';
  if (status !== 'compared') return `${status === 'failed' ? 'FAILED' : 'not compared'}: ${reason}`;
  if (differing === 0) return 'the same ids';
  if (unexplained.texts === 0) {
    return `the same ids, but for ${counted(differing, 'text')} with a known cause (${known.map(({ cause }) => cause).join(', ')})`;
  }
  return `DIFFERS on ${counted(differing, 'text')}, ${groupDigits(unexplained.texts)} of them without a known cause`;
}

function describeDifference({ line, text, at, expected, found }: VerifyDifference): string[] {
  const place = line === null ? 'built-in text' : `line ${groupDigits(line)}`;
  return [
    `  ${place} ${JSON.stringify(text)}, from token ${at}:`,
    `    expected ${expected.pieces.join(' ')}   [${expected.ids.join(', ')}]`,
    `    found    ${found.pieces.join(' ')}   [${found.ids.join(', ')}]`,
  ];
}

/** What the causes of a report mean, in their fixed order. */
export const CAUSES: readonly KnownCause[] = Object.keys(KNOWN_CAUSES) as KnownCause[];
