// A trie over UTF-16 units with an integer value at some nodes, in flat arrays: the first level is a direct table, the
// rest one open-addressing hash from (node, unit) to node. Built once, never changed.

/** Prefix lookup of a set of strings. Node 0 means "none". */
export interface Trie {
  /** Node reached from the root by each unit, 0 if none: `[65536]`. */
  readonly rootNodes: Int32Array;
  /** Value stored at each node, -1 if none. */
  readonly nodeValues: Int32Array;
  /** Node reached from `node` by `unit`, 0 if none. */
  child(node: number, unit: number): number;
}

/**
 * Builds a trie.
 *
 * @param keys distinct strings that are not empty
 * @param values value of each key, not negative
 */
export function buildTrie(keys: readonly string[], values: readonly number[]): Trie {
  let totalUnits = 0;
  for (const key of keys) totalUnits += key.length;
  let slots = 16;
  while (slots < totalUnits * 2) slots *= 2;
  const mask = slots - 1;
  // [parent node, unit, child node] triples; child 0 marks a free slot.
  const table = new Int32Array(slots * 3);
  const rootNodes = new Int32Array(0x10000);
  const nodeValues = new Int32Array(totalUnits + 1).fill(-1);
  let nodes = 1;

  const slotOf = (node: number, unit: number): number => {
    const hash = Math.imul(node, 0x9e3779b1) ^ Math.imul(unit, 0x85ebca6b);
    let at = ((hash ^ (hash >>> 15)) & mask) * 3;
    while (table[at + 2] !== 0 && (table[at] !== node || table[at + 1] !== unit)) {
      at += 3;
      if (at === table.length) at = 0;
    }
    return at;
  };

  for (let k = 0; k < keys.length; k++) {
    const key = keys[k]!;
    const first = key.charCodeAt(0);
    if (rootNodes[first] === 0) rootNodes[first] = nodes++;
    let node = rootNodes[first]!;
    for (let i = 1; i < key.length; i++) {
      const unit = key.charCodeAt(i);
      const at = slotOf(node, unit);
      if (table[at + 2] === 0) {
        table[at] = node;
        table[at + 1] = unit;
        table[at + 2] = nodes++;
      }
      node = table[at + 2]!;
    }
    nodeValues[node] = values[k]!;
  }

  return {
    rootNodes,
    nodeValues: nodeValues.slice(0, nodes),
    child: (node, unit) => table[slotOf(node, unit) + 2]!,
  };
}
