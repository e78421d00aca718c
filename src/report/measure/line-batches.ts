// The lines of a text in batches: long enough to keep a tokenizer's tables hot, short enough to hold in memory.

/** Lines are handed to one tokenizer after the other in batches of this many UTF-16 units, so that its tables stay hot. */
const BATCH_UNITS = 1 << 18;

/** Batches of lines; a string is a whole text and is split at its line breaks. */
export async function* batchLines(
  lines: string | Iterable<string> | AsyncIterable<string>,
): AsyncGenerator<readonly string[]> {
  let batch: string[] = [];
  let units = 0;
  for await (const line of typeof lines === 'string' ? splitLines(lines) : lines) {
    batch.push(line);
    units += line.length + 1;
    if (units >= BATCH_UNITS) {
      yield batch;
      batch = [];
      units = 0;
    }
  }
  if (batch.length > 0) yield batch;
}

/** Lines of a whole text; a line break at its end does not open another line. */
function splitLines(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
