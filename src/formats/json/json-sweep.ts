// Reads JSON from bytes member by member, so that a vocabulary and its merges need no object and no string for each entry.
// It checks what it steps into; values that are skipped are left for JSON.parse to check. Texts are decoded into UTF-16
// units. Spec: RFC 8259; UTF-8 must be sound, and escapes must not leave half a surrogate pair.
import { doubled } from '../../core/grown.ts';
import { FormatError } from '../../errors.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Units that the escapes with one letter stand for. */
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** A place in the bytes of a JSON text, and the last text read. */
export class JsonSweep {
  /** Next byte to read. */
  at: number;
  /** Units of the texts read with {@link JsonSweep.readText}. */
  units: Uint16Array = new Uint16Array(1024);
  readonly bytes: Uint8Array;
  readonly #source: string;

  constructor(bytes: Uint8Array, source: string) {
    this.bytes = bytes;
    this.#source = source;
    this.at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  }

  /** @throws FormatError saying what is wrong, and at which byte */
  fail(problem: string): never {
    const isEnd = this.at >= this.bytes.length;
    throw new FormatError(
      `${this.#source}: is not JSON: ${isEnd ? 'it ends in the middle' : problem} at byte ${Math.min(this.at, this.bytes.length)}`,
      { hint: 'The file may be cut off or damaged: get it again.' },
    );
  }

  /** Steps over white space; the byte that follows, -1 at the end. */
  peek(): number {
    const { bytes } = this;
    let byte = bytes[this.at];
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = bytes[++this.at];
    return byte ?? -1;
  }

  /**
   * Steps into an object, and calls `visit` in front of each value: it must read or skip it. The member's name is in
   * `units[0, length)`.
   */
  readObject(visit: (nameLength: number) => void): void {
    this.#readEntries(OPEN_BRACE, CLOSE_BRACE, () => {
      const length = this.readText(0);
      if (this.peek() !== COLON) this.fail('no colon');
      this.at++;
      this.peek();
      visit(length);
    });
  }

  /** Steps into a list, and calls `visit` in front of each value: it must read or skip it. */
  readList(visit: () => void): void {
    this.#readEntries(OPEN_BRACKET, CLOSE_BRACKET, visit);
  }

  #readEntries(open: number, close: number, readEntry: () => void): void {
    if (this.peek() !== open) this.fail(`no ${String.fromCharCode(open)}`);
    this.at++;
    if (this.peek() === close) {
      this.at++;
      return;
    }
    for (;;) {
      this.peek();
      readEntry();
      const next = this.peek();
      this.at++;
      if (next === close) return;
      if (next !== COMMA) {
        this.at--;
        this.fail(`neither a comma nor ${String.fromCharCode(close)}`);
      }
    }
  }

  /** Reads an integer without sign; -1 for any other value, which is then to be skipped. */
  readInteger(): number {
    const { bytes } = this;
    let at = this.at;
    let value = 0;
    let byte = bytes[at]!;
    if (byte === 0x30 && isDigit(bytes[at + 1]!)) this.fail('a number that starts with 0');
    for (; isDigit(byte); byte = bytes[++at]!) value = value * 10 + byte - 0x30;
    if (at === this.at || byte === 0x2e || byte === 0x65 || byte === 0x45) return -1;
    this.at = at;
    return value;
  }

  /** Reads a text into `units` from `from` on; the place behind its last unit. */
  readText(from: number): number {
    const { bytes } = this;
    let { units } = this;
    if (this.peek() !== QUOTE) this.fail('no text');
    let at = this.at + 1;
    let to = from;
    for (;;) {
      const byte = bytes[at++]!;
      if (to + 2 > units.length) {
        units = doubled(units, to + 2);
        this.units = units;
      }
      if (byte < 0x80) {
        if (byte === QUOTE) break;
        if (byte === BACKSLASH) {
          this.at = at;
          const codePoint = this.#readEscape();
          at = this.at;
          if (codePoint > 0xffff) units[to++] = 0xd7c0 + (codePoint >> 10);
          units[to++] = codePoint > 0xffff ? 0xdc00 | (codePoint & 0x3ff) : codePoint;
        } else if (byte >= 0x20) units[to++] = byte;
        else {
          this.at = at - 1;
          this.fail('a control character in a text');
        }
      } else if (byte < 0xe0) {
        const second = bytes[at++]! ^ 0x80;
        if (byte < 0xc2 || second >= 0x40) this.#failUtf8(at - 2, at);
        units[to++] = ((byte & 0x1f) << 6) | second;
      } else if (byte < 0xf0) {
        const second = bytes[at++]! ^ 0x80;
        const third = bytes[at++]! ^ 0x80;
        const unit = ((byte & 0x0f) << 12) | (second << 6) | third;
        const isSound = second < 0x40 && third < 0x40 && unit >= 0x800 && (unit & 0xf800) !== 0xd800;
        if (!isSound) this.#failUtf8(at - 3, at);
        units[to++] = unit;
      } else {
        // Here, too, where there is no byte any more: it counts as 0x80 or more.
        const second = bytes[at++]! ^ 0x80;
        const third = bytes[at++]! ^ 0x80;
        const fourth = bytes[at++]! ^ 0x80;
        const codePoint = ((byte & 0x07) << 18) | (second << 12) | (third << 6) | fourth;
        const isSound = byte < 0xf5 && second < 0x40 && third < 0x40 && fourth < 0x40;
        if (!isSound || codePoint < 0x10000 || codePoint > 0x10ffff) this.#failUtf8(at - 4, at);
        units[to++] = 0xd7c0 + (codePoint >> 10);
        units[to++] = 0xdc00 | (codePoint & 0x3ff);
      }
    }
    this.at = at;
    return to;
  }

  #failUtf8(at: number, end: number): never {
    this.at = end > this.bytes.length ? end : at;
    return this.fail('bytes that are not UTF-8');
  }

  // Behind the backslash: the code point. A surrogate must come with its other half.
  #readEscape(): number {
    const letter = String.fromCharCode(this.bytes[this.at++] ?? 0);
    if (letter !== 'u') return ESCAPES[letter]?.charCodeAt(0) ?? this.fail('an unknown escape');
    const unit = this.#readHex();
    if ((unit & 0xf800) !== 0xd800) return unit;
    const isHigh = unit < 0xdc00 && this.bytes[this.at] === BACKSLASH && this.bytes[this.at + 1] === 0x75;
    if (!isHigh) return this.fail('half a surrogate pair in a text');
    this.at += 2;
    const low = this.#readHex();
    if ((low & 0xfc00) !== 0xdc00) this.fail('half a surrogate pair in a text');
    return ((unit - 0xd7c0) << 10) | (low & 0x3ff);
  }

  #readHex(): number {
    const digits = String.fromCharCode(...this.bytes.subarray(this.at, this.at + 4));
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.fail('a broken \\u escape');
    this.at += 4;
    return Number.parseInt(digits, 16);
  }

  /** Steps over the value here, whatever it is. */
  skipValue(): void {
    const { bytes } = this;
    let depth = 0;
    do {
      const byte = this.peek();
      if (byte === QUOTE) {
        let at = this.at + 1;
        for (let next = bytes[at]; next !== QUOTE; next = bytes[at]) {
          if (next === undefined) {
            this.at = at;
            this.fail('');
          }
          at += next === BACKSLASH ? 2 : 1;
        }
        this.at = at + 1;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        depth++;
        this.at++;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        depth--;
        this.at++;
      } else if (byte === COMMA || byte === COLON) {
        if (depth === 0) this.fail('no value');
        this.at++;
      } else {
        const start = this.at;
        while (isScalar(bytes[this.at]!)) this.at++;
        if (this.at === start) this.fail('no value');
      }
    } while (depth > 0);
    if (depth < 0) this.fail('a closing bracket');
  }

  /** Parses the value here with JSON.parse. */
  parseValue(): unknown {
    const start = this.at;
    this.skipValue();
    return this.parseSpan(start, this.at);
  }

  /** Parses a value that lies at these bytes. */
  parseSpan(start: number, end: number): unknown {
    try {
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(this.bytes.subarray(start, end)));
    } catch (cause) {
      this.at = start;
      return this.fail(`${(cause as Error).message}, in the value`);
    }
  }

  /** Checks that nothing follows. */
  readEnd(): void {
    if (this.peek() >= 0) this.fail('text behind the end');
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

// Bytes of numbers, true, false and null.
function isScalar(byte: number): boolean {
  return (
    isDigit(byte) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x2d || byte === 0x2b || byte === 0x2e || byte === 0x45
  );
}
