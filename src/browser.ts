// The public API that runs in a browser, and in any other runtime without files: `vocab-merge/browser`, and what a bundler
// for browsers takes for `vocab-merge`. Re-exports only. What reads files, trains on corpora or writes folders is in index.ts.

export * from './formats.ts';
export * from './merge.ts';
export * from './tokenize.ts';
