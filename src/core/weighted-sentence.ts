// The unit of training text: a sentence (or any run of characters) and how often it occurs.
// Corpora, frequency tables and trainers meet in it, so it lives on the lowest floor and holds nothing else.

/** One line of the corpus with the number of times it counts. */
export interface WeightedSentence {
  readonly text: string;
  /** A whole number of at least 1; may exceed 2^32. */
  readonly count: number;
  /** It does not begin a text: an entry of a frequency table, or what follows the cut in a long line. Default false. */
  readonly isFragment?: boolean | undefined;
  /** Number of the document that it is from, 0 or more; for training that asks in how many documents a piece occurs. */
  readonly document?: number | undefined;
}
