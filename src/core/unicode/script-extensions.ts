// Letters, marks and punctuation that several scripts share, and which ones: Script_Extensions of Unicode 16.0.0, for characters
// whose own script is Common or Inherited. ー is Common, and of Hiragana and Katakana here.
// It deliberately leaves out symbols and numbers, and what has no list of its own. Scripts that Unicode 9.0.0 does not name
// (scripts.ts) are left out of the lists.
// Derived from https://www.unicode.org/Public/16.0.0/ucd/ScriptExtensions.txt; frozen, so that pieces do not change with the runtime.
import { categoryOf } from './categories.ts';
import { CATEGORY_NAMES } from './category-table.ts';
import { scriptId } from './scripts.ts';

/** First and last code point of each run in hexadecimal, and the scripts that it belongs to. */
const SHARED_RUNS = `
b7 Avestan Carian Coptic Duployan Elbasan Georgian Glagolitic Gothic Greek Han Latin Lydian Mahajani Old_Permic Shavian
2bc Bengali Cyrillic Devanagari Latin Lisu Thai
2c7 Bopomofo Latin
2c9-2cb Bopomofo Latin
2cd Latin Lisu
300 Cherokee Coptic Cyrillic Greek Latin Old_Permic Tai_Le
301 Cherokee Cyrillic Greek Latin Osage Tai_Le
302 Cherokee Cyrillic Latin Tifinagh
303 Glagolitic Latin Syriac Thai
304 Caucasian_Albanian Cherokee Coptic Cyrillic Gothic Greek Latin Osage Syriac Tifinagh
305 Coptic Elbasan Glagolitic Gothic Katakana Latin
306 Cyrillic Greek Latin Old_Permic
307 Coptic Duployan Hebrew Latin Old_Permic Syriac Tai_Le Tifinagh
308 Armenian Cyrillic Duployan Gothic Greek Hebrew Latin Old_Permic Syriac Tai_Le
309 Latin Tifinagh
30a Duployan Latin Syriac
30b Cherokee Cyrillic Latin Osage
30c Cherokee Latin Tai_Le
30d Latin
30e Ethiopic Latin
310 Latin
311 Cyrillic Latin
313 Greek Latin Old_Permic
320 Latin Syriac
323 Cherokee Duployan Katakana Latin Syriac
324 Cherokee Duployan Latin Syriac
325 Latin Syriac
32d-32e Latin Syriac
330 Cherokee Latin Syriac
331 Caucasian_Albanian Cherokee Gothic Latin Thai
342 Greek
345 Greek
358 Latin Osage
35e Caucasian_Albanian Latin
363-36f Latin
374 Coptic Greek
485-486 Cyrillic Latin
60c Arabic Nko Syriac Thaana
61b Arabic Nko Syriac Thaana
61f Adlam Arabic Nko Syriac Thaana
640 Adlam Arabic Mandaic Manichaean Psalter_Pahlavi Syriac
64b-655 Arabic Syriac
670 Arabic Syriac
951 Bengali Devanagari Grantha Gujarati Gurmukhi Kannada Latin Malayalam Oriya Sharada Tamil Telugu Tirhuta
952 Bengali Devanagari Grantha Gujarati Gurmukhi Kannada Latin Malayalam Oriya Tamil Telugu Tirhuta
964 Bengali Devanagari Grantha Gujarati Gurmukhi Kannada Khudawadi Mahajani Malayalam Oriya Sinhala Syloti_Nagri Takri Tamil Telugu Tirhuta
965 Bengali Devanagari Grantha Gujarati Gurmukhi Kannada Khudawadi Limbu Mahajani Malayalam Oriya Sinhala Syloti_Nagri Takri Tamil Telugu Tirhuta
10fb Georgian Glagolitic Latin
16eb-16ed Runic
1735-1736 Buhid Hanunoo Tagalog Tagbanwa
1802-1803 Mongolian Phags_Pa
1805 Mongolian Phags_Pa
1cd0 Bengali Devanagari Grantha Kannada
1cd1 Devanagari
1cd2 Bengali Devanagari Grantha Kannada
1cd3 Devanagari Grantha Kannada
1cd4 Devanagari
1cd5-1cd6 Bengali Devanagari
1cd7 Devanagari Sharada
1cd8 Bengali Devanagari
1cd9 Devanagari Sharada
1cda Devanagari Kannada Malayalam Oriya Tamil Telugu
1cdb Devanagari
1cdc-1cdd Devanagari Sharada
1cde-1cdf Devanagari
1ce0 Devanagari Sharada
1ce1 Bengali Devanagari
1ce2-1ce9 Devanagari
1cea Bengali Devanagari
1ceb-1cec Devanagari
1ced Bengali Devanagari
1cee-1cf1 Devanagari
1cf2 Bengali Devanagari Grantha Kannada Malayalam Oriya Sinhala Telugu Tirhuta
1cf3 Devanagari Grantha
1cf4 Devanagari Grantha Kannada
1cf5-1cf6 Bengali Devanagari
1cf7 Bengali
1cf8-1cf9 Devanagari Grantha
1dc0-1dc1 Greek
1df8 Cyrillic Latin Syriac
1dfa Syriac
204f Adlam Arabic
205a Carian Georgian Glagolitic Lycian Old_Hungarian Old_Turkic
205d Carian Greek Meroitic_Hieroglyphs Old_Hungarian
20f0 Devanagari Grantha Latin
2e17 Coptic Latin
2e30 Avestan Old_Turkic
2e31 Avestan Carian Georgian Kaithi Lydian Old_Hungarian Samaritan
2e3c Duployan
2e41 Adlam Arabic Old_Hungarian
2e43 Cyrillic Glagolitic
3001 Bopomofo Han Hangul Hiragana Katakana Mongolian Yi
3002 Bopomofo Han Hangul Hiragana Katakana Mongolian Phags_Pa Yi
3003 Bopomofo Han Hangul Hiragana Katakana
3006 Han
3008-3009 Bopomofo Han Hangul Hiragana Katakana Mongolian Tibetan Yi
300a-300b Bopomofo Han Hangul Hiragana Katakana Lisu Mongolian Tibetan Yi
300c-3011 Bopomofo Han Hangul Hiragana Katakana Yi
3014-301b Bopomofo Han Hangul Hiragana Katakana Yi
301c-301f Bopomofo Han Hangul Hiragana Katakana
302a-302d Bopomofo Han
3030 Bopomofo Han Hangul Hiragana Katakana
3031-3035 Hiragana Katakana
303c-303d Han Hiragana Katakana
3099-309a Hiragana Katakana
30a0 Hiragana Katakana
30fb Bopomofo Han Hangul Hiragana Katakana Yi
30fc Hiragana Katakana
a92e Kayah_Li Latin Myanmar
a9cf Buginese Javanese
fd3e-fd3f Arabic Nko
fe45-fe46 Bopomofo Han Hangul Hiragana Katakana
ff61-ff65 Bopomofo Han Hangul Hiragana Katakana Yi
ff70 Hiragana Katakana
ff9e-ff9f Hiragana Katakana
10100-10102 Cypriot Linear_B
102e0 Arabic Coptic
1133b Grantha Tamil
`;

let scriptsByCodePoint: Map<number, readonly number[]> | undefined;

function sharedScripts(): ReadonlyMap<number, readonly number[]> {
  if (scriptsByCodePoint !== undefined) return scriptsByCodePoint;
  scriptsByCodePoint = new Map();
  for (const line of SHARED_RUNS.trim().split('\n')) {
    const [range, ...names] = line.split(' ');
    const [first, last = first] = range!.split('-').map((digits) => Number.parseInt(digits, 16));
    const scripts = names.map((name) => scriptId(name)!);
    for (let codePoint = first!; codePoint <= last!; codePoint++) scriptsByCodePoint.set(codePoint, scripts);
  }
  return scriptsByCodePoint;
}

/**
 * Ids of the scripts that share a character; empty for one that has a script of its own, and for one that goes with any.
 *
 * @example
 * ```ts
 * scriptsSharing(0x30fc).map(scriptName); // ['Hiragana', 'Katakana']: ー
 * scriptsSharing(0x61); // []: a
 * ```
 */
export function scriptsSharing(codePoint: number): readonly number[] {
  return sharedScripts().get(codePoint) ?? [];
}

/**
 * The punctuation that scripts share with others, as one text: 、。「」 and more for Hiragana, ، ؛ ؟ for Arabic.
 *
 * @param scripts ids
 */
export function sharedPunctuation(scripts: readonly number[]): string {
  let marks = '';
  for (const [codePoint, sharing] of sharedScripts()) {
    const isMark = CATEGORY_NAMES[categoryOf(codePoint)]!.startsWith('P');
    if (isMark && scripts.some((script) => sharing.includes(script))) marks += String.fromCodePoint(codePoint);
  }
  return marks;
}
