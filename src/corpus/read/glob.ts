// File name patterns: `*` and `?` within a name, `**` for any folders, `[a-z]` and `[!a-z]`, `{train,test}`.
// The shells' rules, as far as they agree; names that start with a dot need a pattern that starts with one.
// Pure: walking the folders is expand-inputs.ts.

/** True when `pattern` has a character with a special meaning. */
export function isGlob(pattern: string): boolean {
  return /[*?[\]{}]/.test(pattern);
}

/**
 * The part of a pattern before the first folder with a special character: where to start walking. `''` is the current
 * folder.
 *
 * @example
 * ```ts
 * globRoot('data/zh-*.txt'); // 'data'
 * ```
 */
export function globRoot(pattern: string): string {
  const parts = pattern.split('/');
  const fixed = parts.findIndex(isGlob);
  const root = parts.slice(0, fixed < 0 ? parts.length - 1 : fixed).join('/');
  return root === '' && pattern.startsWith('/') ? '/' : root;
}

/**
 * A regular expression that matches whole paths, with `/` between names.
 *
 * @example
 * ```ts
 * globToRegExp('data/**\u002f*.{txt,jsonl}').test('data/a/b/x.jsonl'); // true
 * ```
 */
export function globToRegExp(pattern: string): RegExp {
  const alternatives = expandBraces(pattern).map((plain) => plain.split('/').map(nameToSource));
  const sources = alternatives.map((names) => {
    let source = '';
    names.forEach((name, i) => {
      const last = i === names.length - 1;
      if (name === '**') source += last ? '(?:(?!\\.)[^/]+(?:/(?!\\.)[^/]+)*)' : '(?:(?!\\.)[^/]+/)*';
      else source += last ? name : `${name}/`;
    });
    return source;
  });
  return new RegExp(`^(?:${sources.join('|')})$`, 'u');
}

function nameToSource(name: string): string {
  if (name === '**') return name;
  let source = /^[*?[]/.test(name) ? '(?!\\.)' : '';
  for (let i = 0; i < name.length; i++) {
    const character = name[i]!;
    const close = character === '[' ? name.indexOf(']', i + 2) : -1;
    if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (close > 0) {
      const set = name.slice(i + 1, close);
      const negated = set.startsWith('!') || set.startsWith('^');
      const members = (negated ? set.slice(1) : set).replace(/[\\\][^]/g, '\\$&');
      source += `[${negated ? '^/' : ''}${members}]`;
      i = close;
    } else source += character.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  }
  return source;
}

// `a{b,c}d` -> `abd`, `acd`; braces without a comma stay as they are.
function expandBraces(pattern: string): string[] {
  for (let open = pattern.indexOf('{'); open >= 0; open = pattern.indexOf('{', open + 1)) {
    const cuts = [open];
    for (let i = open + 1, depth = 0; i < pattern.length; i++) {
      if (pattern[i] === '{') depth++;
      else if (pattern[i] === ',' && depth === 0) cuts.push(i);
      else if (pattern[i] === '}' && depth-- === 0) {
        cuts.push(i);
        if (cuts.length === 2) break;
        const [before, after] = [pattern.slice(0, open), pattern.slice(i + 1)];
        return cuts.slice(1).flatMap((end, k) => expandBraces(before + pattern.slice(cuts[k]! + 1, end) + after));
      }
    }
  }
  return [pattern];
}
