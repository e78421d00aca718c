// The smallest acyclic automaton of a sorted list of keys: a trie in which equal subtrees are kept once.
// Built in one pass as in Daciuk et al., "Incremental Construction of Minimal Acyclic Finite-State Automata" (2000).
// Its only use is double-array.ts, where the sharing decides which bytes come out.

/** Label of the edge that ends a key; its target is the key's value instead of a state. */
export const END_LABEL = 0;

/** States and their edges; the edges of state `s` are `edgeStarts[s]` up to `edgeStarts[s + 1]`, labels ascending. */
export interface Automaton {
  readonly root: number;
  /** `[states + 1]` */
  readonly edgeStarts: readonly number[];
  /** Byte of each edge, {@link END_LABEL} for the end of a key, `[edges]`. */
  readonly edgeLabels: readonly number[];
  /** State behind each edge, or the value behind an {@link END_LABEL}, `[edges]`. */
  readonly edgeTargets: readonly number[];
}

/** Collects keys and builds their automaton. */
export interface AutomatonBuilder {
  /**
   * Adds a key.
   * @param key bytes without 0, greater than every key before
   * @param value in [0, 2^31)
   */
  add(key: Uint8Array, value: number): void;
  /** The automaton of all keys added, of which there must be one at least. */
  finish(): Automaton;
}

/** Edges of a state that may still grow; the target of the last one is not known yet unless it ends a key. */
interface OpenState {
  readonly labels: number[];
  readonly targets: number[];
}

/**
 * Creates a builder. Time and memory are linear in the bytes of the keys.
 *
 * @example
 * ```ts
 * const builder = createAutomatonBuilder();
 * builder.add(encodeUtf8('ac'), 7);
 * builder.add(encodeUtf8('bc'), 7);
 * builder.finish().edgeLabels; // [0, 99, 97, 98]: "c" and its end are kept once
 * ```
 */
export function createAutomatonBuilder(): AutomatonBuilder {
  const edgeStarts = [0];
  const edgeLabels: number[] = [];
  const edgeTargets: number[] = [];
  const stateOf = new Map<string, number>();
  // The states along the key added last; openStates[d] is reached by its first d bytes.
  const openStates: OpenState[] = [{ labels: [], targets: [] }];
  let last = new Uint8Array(0);

  // Closes a state: the one with the same edges if there is such a state, else a new one.
  function close({ labels, targets }: OpenState): number {
    const units: number[] = [];
    for (let i = 0; i < labels.length; i++) units.push(labels[i]!, targets[i]! & 0xffff, targets[i]! >>> 16);
    const content = String.fromCharCode(...units);
    const known = stateOf.get(content);
    if (known !== undefined) return known;
    const state = edgeStarts.length - 1;
    stateOf.set(content, state);
    for (let i = 0; i < labels.length; i++) {
      edgeLabels.push(labels[i]!);
      edgeTargets.push(targets[i]!);
    }
    edgeStarts.push(edgeLabels.length);
    return state;
  }

  function closeDeeperThan(depth: number): void {
    while (openStates.length - 1 > depth) {
      const state = close(openStates.pop()!);
      openStates.at(-1)!.targets.push(state);
    }
  }

  return {
    add(key, value) {
      let shared = 0;
      while (shared < last.length && shared < key.length && last[shared] === key[shared]) shared++;
      closeDeeperThan(shared);
      for (let depth = shared; depth < key.length; depth++) {
        openStates[depth]!.labels.push(key[depth]!);
        openStates.push({ labels: [], targets: [] });
      }
      const end = openStates[key.length]!;
      end.labels.push(END_LABEL);
      end.targets.push(value);
      last = key.slice();
    },
    finish() {
      closeDeeperThan(0);
      const root = close(openStates[0]!);
      return { root, edgeStarts, edgeLabels, edgeTargets };
    },
  };
}
