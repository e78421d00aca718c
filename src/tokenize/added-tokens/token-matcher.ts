// Finds a fixed set of strings in text, the longest at each place, in time linear in the text whatever the strings are: an
// Aho-Corasick automaton over the strings read backwards. Reading a text from its end, the state behind a position knows the
// longest string that begins there. https://doi.org/10.1145/360825.360855
import { doubled } from '../../core/grown.ts';
import { buildTrie } from '../../core/trie.ts';

/** Where strings of a set begin. */
export interface TokenMatcher {
  /** 1 where a string begins with that UTF-16 unit, `[65536]`. */
  readonly startUnits: Uint8Array;
  /**
   * Looks for strings that lie in `units[start..end)`, wherever they begin.
   * @returns the number of places, found in the arrays until the next call, last place first
   */
  match(units: Uint16Array, start: number, end: number): number;
  readonly places: Int32Array;
  /** Number of the longest string at each place. */
  readonly strings: Int32Array;
}

/**
 * Builds the matcher; of equal strings the first counts. The automaton is made when a text first holds a unit that a string
 * begins with.
 *
 * @param contents strings that are not empty
 */
export function createTokenMatcher(contents: readonly string[]): TokenMatcher {
  const startUnits = new Uint8Array(0x10000);
  for (const content of contents) startUnits[content.charCodeAt(0)] = 1;
  let places = new Int32Array(16);
  let strings = new Int32Array(16);
  let automaton: Automaton | undefined;

  return {
    startUnits,
    match(units, start, end) {
      automaton ??= buildAutomaton(contents);
      const { rootNodes, child, fallbacks, longest } = automaton;
      let count = 0;
      let node = 0;
      for (let at = end - 1; at >= start; at--) {
        const unit = units[at]!;
        let next = node === 0 ? rootNodes[unit]! : child(node, unit);
        while (next === 0 && node !== 0) {
          node = fallbacks[node]!;
          next = node === 0 ? rootNodes[unit]! : child(node, unit);
        }
        node = next;
        if (node === 0 || longest[node]! < 0) continue;
        if (count === places.length) {
          places = doubled(places);
          strings = doubled(strings);
        }
        places[count] = at;
        strings[count++] = longest[node]!;
      }
      return count;
    },
    get places() {
      return places;
    },
    get strings() {
      return strings;
    },
  };
}

interface Automaton {
  readonly rootNodes: Int32Array;
  child(node: number, unit: number): number;
  /** Node of the longest proper suffix that is a node, `[nodes]`. */
  readonly fallbacks: Int32Array;
  /** Longest string that the path to a node ends with, -1 for none, `[nodes]`. */
  readonly longest: Int32Array;
}

function buildAutomaton(contents: readonly string[]): Automaton {
  const numbers = new Map<string, number>();
  for (const [number, content] of contents.entries()) {
    const backwards = content.split('').reverse().join('');
    if (!numbers.has(backwards)) numbers.set(backwards, number);
  }
  const { rootNodes, nodeValues, child } = buildTrie([...numbers.keys()], [...numbers.values()]);
  const longest = nodeValues.slice();
  const fallbacks = new Int32Array(nodeValues.length);
  const parents = new Int32Array(nodeValues.length);
  const lastUnits = new Uint16Array(nodeValues.length);
  const byDepth: number[][] = [];
  for (const backwards of numbers.keys()) {
    let node = 0;
    for (let depth = 0; depth < backwards.length; depth++) {
      const unit = backwards.charCodeAt(depth);
      const next = depth === 0 ? rootNodes[unit]! : child(node, unit);
      if (lastUnits[next] === 0 && parents[next] === 0) {
        parents[next] = node;
        lastUnits[next] = unit;
        byDepth[depth] ??= [];
        byDepth[depth]!.push(next);
      }
      node = next;
    }
  }
  // Shorter paths first: a fallback is always shorter than its node.
  for (const nodes of byDepth.slice(1)) {
    for (const node of nodes) {
      const unit = lastUnits[node]!;
      let from = parents[node]!;
      let found = 0;
      while (found === 0 && from !== 0) {
        from = fallbacks[from]!;
        found = from === 0 ? rootNodes[unit]! : child(from, unit);
      }
      fallbacks[node] = found;
      if (longest[node]! < 0) longest[node] = longest[found] ?? -1;
    }
  }
  return { rootNodes, child, fallbacks, longest };
}
