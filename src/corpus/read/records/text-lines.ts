// Text to lines: cut at line feeds, a carriage return before one taken off. Lines come in batches, one for each chunk
// of text, because handing out millions of lines one by one through promises would cost more than finding them.

import { InputError } from '../../../errors.ts';

/** Longest line that is kept whole, in UTF-16 units: near the longest string that JavaScript can hold. */
const MAX_LINE_UNITS = 500_000_000;

/** An unfinished line of this many units is handed out as a fragment, if the reader can take fragments. */
const FRAGMENT_UNITS = 1 << 20;

/** Some lines, in order. */
export interface LineBatch {
  /** At least one. */
  readonly lines: readonly string[];
  /** The last of `lines` is only the beginning of a line that goes on with the first of the next batch. */
  readonly open: boolean;
}

/** Options of {@link textLines}. */
export interface TextLinesOptions {
  /** Name of the file, for messages. */
  readonly shown: string;
  /** Hand out very long lines in fragments instead of collecting them. */
  readonly fragments: boolean;
}

/**
 * The lines of a text; the last one needs no line feed, and an empty rest after the last line feed is no line.
 *
 * @throws InputError for a line longer than a string can be, without `fragments`
 */
export async function* textLines(chunks: AsyncIterable<string>, options: TextLinesOptions): AsyncGenerator<LineBatch> {
  const { shown, fragments } = options;
  let pending = '';
  // A fragment has been handed out, so the line must be ended even if nothing more of it comes.
  let begun = false;
  for await (const chunk of chunks) {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', start)) {
      let line = chunk.slice(start, end);
      if (pending !== '') {
        line = pending + line;
        pending = '';
      }
      lines.push(line.endsWith('\r') ? line.slice(0, -1) : line);
      begun = false;
      start = end + 1;
    }
    pending += start === 0 ? chunk : chunk.slice(start);
    // A carriage return at the end may be the first half of a line end.
    if (fragments && pending.length > FRAGMENT_UNITS && !pending.endsWith('\r')) {
      lines.push(pending);
      pending = '';
      begun = true;
      yield { lines, open: true };
      continue;
    }
    if (pending.length > MAX_LINE_UNITS) {
      throw new InputError(`${shown}: a line is longer than ${MAX_LINE_UNITS} characters`, {
        hint: 'Break its lines first, for instance after each 。 with sed.',
      });
    }
    if (lines.length > 0) yield { lines, open: false };
  }
  if (pending !== '' || begun) yield { lines: [pending.endsWith('\r') ? pending.slice(0, -1) : pending], open: false };
}
