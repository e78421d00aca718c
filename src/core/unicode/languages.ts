// The scripts that languages are written in, by BCP 47 tags: a shorthand for naming scripts, and no more. Languages written in
// two scripts have the commoner one; a script subtag (sr-Latn, RFC 5646) chooses. It deliberately knows no regions.
// Source: Suppress-Script fields of IANA's language subtag registry, and usage where they are missing.

/** Languages by script, each by its primary subtag. */
const LANGUAGES: Readonly<Record<string, string>> = {
  Arabic: 'ar arz ckb fa ps sd ug ur',
  Armenian: 'hy',
  Bengali: 'as bn',
  Cyrillic: 'ba be bg ce cv kk ky mk mn os ru sr tg tt tyv uk',
  Devanagari: 'bho hi mai mr ne sa',
  Ethiopic: 'am ti',
  Georgian: 'ka',
  Greek: 'el',
  Gujarati: 'gu',
  Gurmukhi: 'pa',
  Han: 'zh yue wuu nan hak lzh',
  Hangul: 'ko',
  Hebrew: 'he yi',
  'Han Hiragana Katakana': 'ja',
  Kannada: 'kn',
  Khmer: 'km',
  Lao: 'lo',
  Latin:
    'af az bs ca ceb cs cy da de en eo es et eu fi fil fo fr fy ga gd gl ha hr ht hu id ig is it jv ku la lb lt lv mg ms mt nb nl nn no oc pl pt qu ro rw sk sl so sq su sv sw tl tn tr tk uz vi wo xh yo zu',
  Malayalam: 'ml',
  Myanmar: 'my shn',
  Oriya: 'or',
  Sinhala: 'si',
  Tamil: 'ta',
  Telugu: 'te',
  Thai: 'th',
  Thaana: 'dv',
  Tibetan: 'bo dz',
};

/** Script subtags (ISO 15924) and the scripts of Unicode that they mean. */
const SCRIPT_SUBTAGS: Readonly<Record<string, string>> = {
  arab: 'Arabic',
  beng: 'Bengali',
  cyrl: 'Cyrillic',
  deva: 'Devanagari',
  guru: 'Gurmukhi',
  hang: 'Hangul',
  hani: 'Han',
  hans: 'Han',
  hant: 'Han',
  hebr: 'Hebrew',
  jpan: 'Han Hiragana Katakana',
  kore: 'Hangul Han',
  latn: 'Latin',
  mong: 'Mongolian',
  thai: 'Thai',
};

/**
 * Unicode names of the scripts of a language; `undefined` for one that is not known.
 *
 * @param tag BCP 47, such as `ja`, `ko-KR` or `sr-Latn`
 * @example
 * ```ts
 * scriptsOfLanguage('ja'); // ['Han', 'Hiragana', 'Katakana']
 * scriptsOfLanguage('sr-Latn'); // ['Latin']
 * ```
 */
export function scriptsOfLanguage(tag: string): readonly string[] | undefined {
  const [language, ...subtags] = tag.toLowerCase().split(/[-_]/);
  const subtag = subtags.find((each) => /^[a-z]{4}$/.test(each));
  const scripts =
    subtag === undefined
      ? Object.keys(LANGUAGES).find((each) => LANGUAGES[each]!.split(' ').includes(language!))
      : SCRIPT_SUBTAGS[subtag];
  return scripts?.split(' ');
}
