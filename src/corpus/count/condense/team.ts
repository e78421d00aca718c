// Several that do the same work on parts of one text, step by step, and hand each other what they have: between two steps all wait
// for the slowest. Whether they are threads is not known here; what they exchange is data that a message can carry.

/** One of a team, as it sees the others. */
export interface Team {
  /** Which one it is, from 0 on. */
  readonly index: number;
  readonly size: number;
  /** Waits until all have handed something in; gives what each of them has, in their order. Rejects when one has failed. */
  exchange<T>(own: T): Promise<readonly T[]>;
}

/** A team of one. */
export const ALONE: Team = { index: 0, size: 1, exchange: (own) => Promise.resolve([own]) };

/** Where a team meets. */
export interface Meeting {
  /** What member `index` hands in; resolves when all have. */
  exchange(index: number, own: unknown): Promise<readonly unknown[]>;
  /** One has failed: nobody is to wait for it. */
  fail(): void;
}

/** @param size how many are waited for */
export function createMeeting(size: number): Meeting {
  let handed: unknown[] = [];
  let waiting: { readonly resolve: (all: readonly unknown[]) => void; readonly reject: (error: Error) => void }[] = [];
  let hasFailed = false;
  const refusal = (): Error => new Error('another thread has failed');
  return {
    exchange(index, own) {
      if (hasFailed) return Promise.reject(refusal());
      handed[index] = own;
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        if (waiting.length < size) return;
        for (const each of waiting) each.resolve(handed);
        handed = [];
        waiting = [];
      });
    },
    fail() {
      hasFailed = true;
      for (const each of waiting) each.reject(refusal());
      waiting = [];
    },
  };
}
