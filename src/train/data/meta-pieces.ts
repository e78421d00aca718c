// The pieces that training does not learn: unknown, begin, end, padding, control and user-defined symbols, bytes.
// It gives each its id, in the order the reference gives them; learnt pieces fill the ids that are left.
// Spec: TrainerInterface::InitMetaPieces of trainer_interface.cc.

import { PIECE_TYPE, type PieceType } from '../../core/model.ts';
import { byteToPiece } from '../../core/unicode/utf8.ts';
import { OptionError } from '../../errors.ts';
import type { ResolvedTrainOptions } from '../options/options.ts';

/** A piece with a fixed id. */
export interface MetaPiece {
  readonly piece: string;
  readonly type: PieceType;
}

/**
 * The meta pieces by token id, ids ascending.
 *
 * @throws OptionError for an id outside the vocabulary, an id given twice, or a symbol defined twice.
 * @example
 * ```ts
 * [...buildMetaPieces(resolveTrainOptions({ padId: 3 })).keys()]; // [0, 1, 2, 3]
 * ```
 */
export function buildMetaPieces(options: ResolvedTrainOptions): ReadonlyMap<number, MetaPiece> {
  const { vocabSize, unkPiece } = options;
  const metaPieces = new Map<number, MetaPiece>();
  const special = new Map<string, number>();

  const reserve = (name: 'unk' | 'bos' | 'eos' | 'pad'): void => {
    const id = options[`${name}Id`];
    const piece = options[`${name}Piece`];
    if (id < 0) return;
    if (id >= vocabSize) {
      throw new OptionError(`training option ${name}Id: ${id} is not below vocabSize, which is ${vocabSize}`);
    }
    const holder = metaPieces.get(id);
    if (holder) throw new OptionError(`training option ${name}Id: id ${id} is taken by "${holder.piece}"`);
    if (special.has(piece)) throw new OptionError(`training option ${name}Piece: "${piece}" is defined twice`);
    special.set(piece, id);
    metaPieces.set(id, { piece, type: name === 'unk' ? PIECE_TYPE.unknown : PIECE_TYPE.control });
  };
  reserve('unk');
  reserve('bos');
  reserve('eos');
  reserve('pad');

  const seen = new Set<string>();
  let nextId = 0;
  const insert = (piece: string, type: PieceType): void => {
    if (seen.has(piece)) throw new OptionError(`symbol "${piece}" is defined twice`);
    seen.add(piece);
    if (piece === unkPiece) {
      throw new OptionError(
        `symbol "${piece}" is the unknown piece: it is neither a control nor a user-defined symbol`,
      );
    }
    const id = special.get(piece);
    if (id !== undefined) metaPieces.set(id, { piece, type });
    else {
      while (metaPieces.has(nextId)) nextId++;
      metaPieces.set(nextId, { piece, type });
    }
  };
  for (const symbol of options.controlSymbols) insert(symbol, PIECE_TYPE.control);
  for (const symbol of options.userDefinedSymbols) insert(symbol, PIECE_TYPE.userDefined);
  if (options.byteFallback) {
    for (let byte = 0; byte < 256; byte++) insert(byteToPiece(byte), PIECE_TYPE.byte);
  }
  return new Map([...metaPieces].sort(([a], [b]) => a - b));
}
