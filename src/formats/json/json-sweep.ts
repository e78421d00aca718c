// Reads JSON from bytes member by member, so that a vocabulary and its merges need no object and no string for each entry.
// It checks what it steps into; values that are skipped are left for JSON.parse to check. Texts stay bytes, in place where they
// have no escapes. Spec: RFC 8259; UTF-8 must be sound, and escapes must not leave half a surrogate pair.
import { doubled } from '../../core/grown.ts';
import { encodeUtf8, textOfUtf8, utf8CharacterEnd } from '../../core/unicode/utf8.ts';
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
  readonly bytes: Uint8Array;
  /**
   * The last text read is `textBytes[textStart, textEnd)` in UTF-8: these are `bytes`, or, for a text with escapes, a buffer that
   * the next such text overwrites.
   */
  textBytes: Uint8Array;
  textStart = 0;
  textEnd = 0;
  #unescaped = new Uint8Array(1024);
  readonly #source: string;

  constructor(bytes: Uint8Array, source: string) {
    // Not a Buffer of Node: the texts with escapes lie in an array of this class, and code for one is faster than for two.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.textBytes = this.bytes;
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

  /** Steps into an object, and calls `visit` in front of each value: it must read or skip it. The last text read is its name. */
  readObject(visit: () => void): void {
    for (let more = this.enterObject(); more; more = this.nextMember()) visit();
  }

  /** Steps into a list, and calls `visit` in front of each value: it must read or skip it. */
  readList(visit: () => void): void {
    for (let more = this.enterList(); more; more = this.nextItem()) visit();
  }

  /** Steps into an object up to its first value, whose name is the last text read; false for `{}`, which is then read. */
  enterObject(): boolean {
    return this.#enter(OPEN_BRACE, CLOSE_BRACE) && this.#readName();
  }

  /** Steps from behind a value to the next one of the object; false behind the last, when the object is read. */
  nextMember(): boolean {
    return this.#next(CLOSE_BRACE) && this.#readName();
  }

  /** As {@link JsonSweep.enterObject}, for a list. */
  enterList(): boolean {
    return this.#enter(OPEN_BRACKET, CLOSE_BRACKET);
  }

  /** As {@link JsonSweep.nextMember}, for a list. */
  nextItem(): boolean {
    return this.#next(CLOSE_BRACKET);
  }

  #enter(open: number, close: number): boolean {
    if (this.peek() !== open) this.fail(`no ${String.fromCharCode(open)}`);
    this.at++;
    if (this.peek() !== close) return true;
    this.at++;
    return false;
  }

  #next(close: number): boolean {
    const byte = this.peek();
    const isEnd = byte === close;
    if (!isEnd && byte !== COMMA) this.fail(`neither a comma nor ${String.fromCharCode(close)}`);
    this.at++;
    if (isEnd) return false;
    this.peek();
    return true;
  }

  #readName(): true {
    this.readText();
    if (this.peek() !== COLON) this.fail('no colon');
    this.at++;
    this.peek();
    return true;
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

  /** Reads a text: see {@link JsonSweep.textBytes}. */
  readText(): void {
    if (this.peek() !== QUOTE) this.fail('no text');
    const { bytes } = this;
    const start = this.at + 1;
    let at = start;
    for (;;) {
      const byte = bytes[at]!;
      if (byte >= 0x20 && byte < 0x80) {
        if (byte === QUOTE) break;
        if (byte === BACKSLASH) {
          this.at = start;
          this.#readEscapedText();
          return;
        }
        at++;
      } else if (byte >= 0xc2 && byte < 0xe0 && (bytes[at + 1]! & 0xc0) === 0x80) at += 2;
      else at = this.#characterEnd(at);
    }
    this.textBytes = bytes;
    this.textStart = start;
    this.textEnd = at;
    this.at = at + 1;
  }

  #characterEnd(at: number): number {
    const { bytes } = this;
    const byte = bytes[at] ?? -1;
    const end = byte < 0x20 ? -1 : utf8CharacterEnd(bytes, at, bytes.length);
    if (end >= 0) return end;
    const isCutOff = byte >= 0x80 && at + (byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4) > bytes.length;
    this.at = isCutOff ? bytes.length : at;
    return this.fail(byte < 0x20 ? 'a control character in a text' : 'bytes that are not UTF-8');
  }

  // From behind the opening quote on.
  #readEscapedText(): void {
    const { bytes } = this;
    let unescaped = this.#unescaped;
    let to = 0;
    for (let byte = bytes[this.at]; byte !== QUOTE; byte = bytes[this.at]) {
      if (to + 4 > unescaped.length) unescaped = doubled(unescaped);
      if (byte === BACKSLASH) {
        this.at++;
        const codePoint = this.#readEscape();
        if (codePoint < 0x80) unescaped[to++] = codePoint;
        else for (const part of encodeUtf8(String.fromCodePoint(codePoint))) unescaped[to++] = part;
      } else {
        const end = this.#characterEnd(this.at);
        while (this.at < end) unescaped[to++] = bytes[this.at++]!;
      }
    }
    this.at++;
    this.#unescaped = unescaped;
    this.textBytes = unescaped;
    this.textStart = 0;
    this.textEnd = to;
  }

  /** The last text read. */
  text(): string {
    return textOfUtf8(this.textBytes.subarray(this.textStart, this.textEnd));
  }

  /** True when the last text read is `name`, in ASCII. */
  isText(name: string): boolean {
    const { textBytes, textStart } = this;
    if (this.textEnd - textStart !== name.length) return false;
    for (let i = 0; i < name.length; i++) if (textBytes[textStart + i] !== name.charCodeAt(i)) return false;
    return true;
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

/** True for 0 to 9 in ASCII. */
export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

// Bytes of numbers, true, false and null.
function isScalar(byte: number): boolean {
  return (
    isDigit(byte) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x2d || byte === 0x2b || byte === 0x2e || byte === 0x45
  );
}
