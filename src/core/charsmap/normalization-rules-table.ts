// Data of normalization-rules.ts, frozen at Unicode 17.0.0, the version of SentencePiece 0.2.2's rules: a vocabulary must
// not change with the Unicode version of the runtime. Which characters decompose and how letters fold is listed here;
// what they decompose into is asked of String.prototype.normalize, which by Unicode's stability policy gives the same
// answer in every version for characters that it knows. Characters younger than Unicode 14 are spelled out, because a
// runtime may not know them. The lists restate part of UnicodeData.txt and CaseFolding.txt
// (https://www.unicode.org/Public/17.0.0/ucd/); the rules built from them were compared with those compiled into
// SentencePiece 0.2.2 and are equal, which the hashes in the test of normalization-rules.ts hold.

/**
 * Characters of Unicode 14.0.0 whose NFKD is not themselves, as runs in ascending order: distance from the end of the
 * run before, then `:` and the length unless it is 1; numbers in base 36.
 */
export const DECOMPOSING_RUNS = `
4g 7 1 4 2:4 2:3 1:3 1:6 1:9 1:6 2:5 2:6 1:9 1:6 2:5 1:h 2:k 2:9 1:6 1:8 2:7 2:6 2:i 2:o w:2 d:2 j:p 1:6 2:g 2:10
2:2 6:e 3g:9 v:6 2:5 2j:2 1:2 1b 5 3 5:7 1 1:3 p:7 p:5 1:7 p:3 1:2 3 6:2 1 3 4:3 a v m:2 1 3 4:3 n:2 21:2 d:4 2:2
2:6 2:6 2:c 2:2 3x 4a:5 26:4 1z 1 g gl 7 2 z:8 2z:2 f:2 1 2b 2 y:3 2 6h 2:2 f:2 1i 1h:3 3f 3b 6:2 1:2 3i:3 3x 1:3 2c
3j 14:2 1a 1i 9 4 4 4 c 9 1:5 7 h 9 4 4 4 c 30 5x 1zd 1 1 1 1 3 14 1 2:2 1 dk:3 1:b 1:i 1:s d y:11 1s:4c 4:2i 6:m
2:6 2:12 2:6 2:8 1 1 1 1:v 2:1h 1:f 1:e 2:6 1:j 2:3 1:9 1:b 6 5 c:3 8 3:2 1:2 4 1 8:3 d 7 g:2 2:r 1:d b 2f:4 1:3 1:b
1:2 2:5 2:3 1 1 1 1:4 1:3 1:7 1:6 4:5 6:1c 9 g:2 i u:3 1g 4 2 n 1 5:2 1:2 g 2 2 1 m 1 a:5 2:2 2:2 6:2 2:2 2:2 y:4
1c:4 6:4 1n:2 8l:3v 10h 2v:3 2t bj:2 6p 8f 2b c:5y 16 1h 1:3 h 1 1 1 1 1 1 1 1 1 1 1 2 1 1 6:2 1:2 1:2 1:2 1:2 m 6:2
1:2 c 1 1 1 1 1 1 1 1 1 1 1 2 1 1 6:2 1:2 1:2 1:2 1:2 m 2:4 3:2 1d:2m 3:e 2o:v 1:14 8:1b 1:ao mn0:2 5u 3l:3 3:2 o2:4
9 46:8mc 6l8:7i 2 1 2:a 1 1 2:2 3:1w 2:2y 12:7 c:5 5 1:o 1:5 1 1:2 1:2 1:30 x:a3 i:1s 2:1i 14:d j:a m:l 2:c 1:j 1:4
4:3 1 1:3r 4:5a 3:6 2:6 2:6 2:3 3:7 1:7 1hu:5 1:16 1:9 1r3 1 e 3m:2 ez:2 a6:2 1 6z:2 os 10dh:7 2e:6 fz:2d 1:1z 1:2 2
2:2 2:4 1:c 1 1:7 1:1t 1:4 2:8 1:7 1:s 1:4 1:5 1 3:7 1:9g 2:84 2:1e 4cg:4 1:r 1:2 1 2 1:a 1:4 1 1 6 4 1 1 1:3 1:2 1
2 1 1 1 1 1:2 1 2:4 1:7 1:4 1:4 1 1:a 1:h 5:3 1:5 1:h g4:b 5:v 1:w q:3 z 33:3 d:18 4:9 7:2 1we:a 1ds6:f2
`;

/** Younger characters with a compatibility mapping to one character: the first of a run, and the images of the run. */
export const YOUNGER_COMPATIBILITY_RUNS: readonly (readonly [first: number, images: string])[] = [
  [0xa7f1, 'S'],
  [0x1ccd6, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'],
  [0x1e030, 'абвгдежзиклмопрстуфхцчшыэюꚉәіјөүӏабвгдежзиклопсуфхцчшъыґіѕџҫꙑұ'],
];

/** Younger characters that are equivalent to a sequence, and are what NFC makes of it; the sequence is their NFKD. */
export const YOUNGER_COMPOSITIONS: readonly (readonly [composed: number, ...sequence: number[]])[] = [
  [0x105c9, 0x105d2, 0x307],
  [0x105e4, 0x105da, 0x307],
  [0x11383, 0x11382, 0x113c9],
  [0x11385, 0x11384, 0x113bb],
  [0x1138e, 0x1138b, 0x113c2],
  [0x11391, 0x11390, 0x113c9],
  [0x113c5, 0x113c2, 0x113c2],
  [0x113c7, 0x113c2, 0x113b8],
  [0x113c8, 0x113c2, 0x113c9],
  [0x16121, 0x1611e, 0x1611e],
  [0x16122, 0x1611e, 0x16129],
  [0x16123, 0x1611e, 0x1611f],
  [0x16124, 0x16129, 0x1611f],
  [0x16125, 0x1611e, 0x16120],
  [0x16126, 0x1611e, 0x1611e, 0x1611f],
  [0x16127, 0x1611e, 0x16129, 0x1611f],
  [0x16128, 0x1611e, 0x1611e, 0x16120],
  [0x16d68, 0x16d67, 0x16d67],
  [0x16d69, 0x16d63, 0x16d67],
  [0x16d6a, 0x16d63, 0x16d67, 0x16d67],
];

/**
 * Simple case folding (status C and S of CaseFolding.txt) of the characters that NFKC leaves alone, as runs in ascending
 * order: distance from the end of the run before, `:` and the number of characters unless it is 1, `*` if only every
 * second character is meant, then the signed distance to the folded character; numbers in base 36.
 */
export const CASE_FOLDING_RUNS = `
1t:q+w 2t:n+w 1:7+w x:o*+1 5:2*+1 2:3*+1 3:4*+1 2:n*+1 1-3d 0:3*+1 3+5u 0:2*+1 1+5q 0+1 1:2+5p 0+1 2+27 0+5m 0+5n
0+1 1+5p 0+5r 1+5v 0+5t 0+1 3+5v 0+5x 1+5y 0:3*+1 1+62 0+1 1+62 2+1 1+62 0+1 1:2+61 0:2*+1 1+63 0+1 3+1 g:8*+1
2:9*+1 5+1 1-2p 0-1k 0:k*+1 1-3m 1:9*+1 7+8bv 0+1 1-4j 0+8bs 2+1 1-5f 0+1x 0+1z 0:5*+1 6u+38 16:2*+1 3+1 8+38 6+12
1:3+11 1+1s 1:2+1r 1:h+w 1:9+w m+1 c+8 8:c*+1 8+1 2+1 2:3-3m 0:g+28 0:w+w 1c:h*+1 9:r*+1 1+f 0:7*+1 2:1c*+1 2:12+1c
289:12+5ls 1+5ls 5+5ls mi:6-8 1oi-4su 0-4st 0-4sk 0:2-4si 0-4sj 0-4sc 0-4ro 0+r7n 0+1 6:17-2bk 2:3-2bk 8w:23*+1
9-5vj 1:1c*+1 9:8-8 8:6-8 a:8-8 8:8-8 8:6-8 b:4*-8 8:8-8 o:8-8 8:8-8 8:8-8 8:2-8 0-22 1-9 b:2*-2e 1-9 b:2-8 0-2s
d:2-8 0-34 1-7 b-3k 1-3i 1-9 8l+s 28+1 22k:1c+1c 1c+1 1-8af 0-2xy 0-89z 2:3*+1 1-8bg 0-8al 0-8bj 0-8bi 1+1 2+1
8:2-8cf 0:1e*+1 8:2*+1 4+1 nyl:n*+1 j:e*+1 3r:7*+1 3:v*+1 a:2*+1 1-r9g 0:5*+1 4+1 1-wmg 2:2*+1 3:a*+1 1-wn8 0-wnj
0-wnf 0-wn5 0-wn8 1-wlu 0-wmi 0-wlx 0+ps 0:8*+1 1-1c 0-wn7 0-raw 0:2*+1 1-wo7 0:8*+1 1-wu9 o+1 oq:28-tzk hfk:14+14
3s:10+14 4c:b+13 1:f+13 1:7+13 1:2+13 1d6:1f+1s 4d:m+w 27u:w+w gw0:w+w 1s:p+r o5j:y+y
`;
