import { describe, expect, it } from 'vitest';
import { type CheckpointEvidence, findCheckpointStage } from '../../src/embedding/checkpoint-stage.ts';
import { fillRowMap } from '../../src/merge/row-map/row-map-algebra.ts';
import { appendingMap } from '../checkpoints.ts';

const BASE = '0'.repeat(64);
const TARGET = '1'.repeat(64);
const OTHER = '2'.repeat(64);

/** 7 ids become 9. */
const MAP = appendingMap(7, [[1], [2]]);
/** The same in a checkpoint of 16 rows, before and after. */
const FILLED = fillRowMap(MAP, 16);

const files = (...hashes: readonly string[]): CheckpointEvidence => ({
  tokenizers: hashes.map((sha256, i) => ({ name: `${i}.model`, sha256 })),
});
const stageOf = (...args: Parameters<typeof findCheckpointStage>) => findCheckpointStage(...args).stage;

describe('findCheckpointStage', () => {
  it.each<[string, number, CheckpointEvidence, string]>([
    ['the rows of the base', 7, files(), 'base'],
    ['the rows that the map makes', 9, files(), 'target'],
    ['the rows that the map makes, with the tokenizer of the base', 9, files(BASE), 'target'],
    ['the rows of the base, with the tokenizer that the map leads to', 7, files(TARGET), 'base'],
    ['other rows and no tokenizer', 12, files(), 'base'],
    ['other rows and the tokenizer that the map leads to', 12, files(TARGET), 'target'],
    ['other rows and another tokenizer', 12, files(OTHER), 'base'],
    ['tokenizers of both', 12, files(BASE, TARGET), 'base'],
    ['a manifest of the map', 12, { ...files(BASE), manifest: { targetSha256: TARGET, rows: 12 } }, 'target'],
    ['a manifest that made the base', 9, { ...files(), manifest: { targetSha256: BASE, rows: 9 } }, 'base'],
    ['a manifest of another map', 12, { ...files(BASE), manifest: { targetSha256: OTHER, rows: 12 } }, 'other'],
    ['a manifest about other rows', 12, { ...files(BASE), manifest: { targetSha256: TARGET, rows: 9 } }, 'base'],
    ['too few rows for the target, whatever the tokenizer', 8, files(TARGET), 'base'],
  ])('%s', (_, rows, evidence, stage) => {
    expect(stageOf(rows, MAP, evidence)).toBe(stage);
  });

  it('looks beside the weights where base and result have the same number of rows', () => {
    expect(stageOf(16, FILLED, files())).toBe('unknown');
    expect(stageOf(16, FILLED, files(BASE))).toBe('base');
    expect(stageOf(16, FILLED, files(TARGET))).toBe('target');
    expect(stageOf(16, FILLED, { ...files(), vocabSize: 9 })).toBe('target');
    expect(stageOf(16, FILLED, { ...files(), vocabSize: 7 })).toBe('base');
    expect(stageOf(16, FILLED, { ...files(), vocabSize: 16 })).toBe('unknown');
  });

  it('believes the tokenizer of a padded base where new pieces shall fill its rows', () => {
    expect(stageOf(9, MAP, files(BASE), { isFilling: true })).toBe('base');
    expect(stageOf(9, MAP, files(), { isFilling: true })).toBe('target');
  });

  it('lets a map through that keeps the tokenizer', () => {
    const padding = { ...MAP, target: { ...MAP.target, sha256: BASE } };
    expect(stageOf(9, padding, files(BASE))).toBe('base');
  });

  it('says what was checked', () => {
    const { checked } = findCheckpointStage(9, MAP, files(BASE, OTHER));
    expect(checked).toEqual([
      'it has 9 rows, the row map makes 9 of 7',
      'it has no manifest.json of a resize',
      "its 0.model names the row map's base tokenizer",
      'its 1.model names neither of the tokenizers of the row map',
    ]);
  });
});
