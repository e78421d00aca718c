;; The loops of resizing over every number of a matrix, two doubles or four floats at a time. They add in the order of their
;; TypeScript counterparts (row-norms.ts, new-rows.ts, matrix-values.ts), to the last bit, all but the products that neighbours.ts
;; only estimates with; and know no formats but bfloat16. Lengths are multiples of 8. `scripts/kernels.mjs` compiles this file into row-kernels-wasm.ts.
;; Spec: WebAssembly 2.0, vector instructions.
(module
  (import "env" "memory" (memory 1))

  ;; bfloat16 at $from -> float32 at $to, exact: the upper half of the float.
  (func (export "widen") (param $from i32) (param $to i32) (param $length i32)
    (local $end i32) (local $halves v128)
    (local.set $end (i32.add (local.get $from) (i32.shl (local.get $length) (i32.const 1))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $from) (local.get $end)))
        (local.set $halves (v128.load align=1 (local.get $from)))
        (v128.store align=1 (local.get $to)
          (i32x4.shl (i32x4.extend_low_i16x8_u (local.get $halves)) (i32.const 16)))
        (v128.store offset=16 align=1 (local.get $to)
          (i32x4.shl (i32x4.extend_high_i16x8_u (local.get $halves)) (i32.const 16)))
        (local.set $from (i32.add (local.get $from) (i32.const 16)))
        (local.set $to (i32.add (local.get $to) (i32.const 32)))
        (br $next))))

  ;; Euclidean norms of rows of floats, one double each at $to: four sums, of every fourth square.
  (func (export "norms") (param $rows i32) (param $count i32) (param $length i32) (param $to i32)
    (local $end i32) (local $row_end i32) (local $values v128) (local $pair v128) (local $s01 v128) (local $s23 v128)
    (local.set $end (i32.add (local.get $to) (i32.shl (local.get $count) (i32.const 3))))
    (block $done
      (loop $next_row
        (br_if $done (i32.ge_u (local.get $to) (local.get $end)))
        (local.set $row_end (i32.add (local.get $rows) (i32.shl (local.get $length) (i32.const 2))))
        (local.set $s01 (v128.const f64x2 0 0))
        (local.set $s23 (v128.const f64x2 0 0))
        (loop $next
          (local.set $values (v128.load align=1 (local.get $rows)))
          (local.set $pair (f64x2.promote_low_f32x4 (local.get $values)))
          (local.set $s01 (f64x2.add (local.get $s01) (f64x2.mul (local.get $pair) (local.get $pair))))
          (local.set $pair (f64x2.promote_low_f32x4
            (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $values) (local.get $values))))
          (local.set $s23 (f64x2.add (local.get $s23) (f64x2.mul (local.get $pair) (local.get $pair))))
          (local.set $rows (i32.add (local.get $rows) (i32.const 16)))
          (br_if $next (i32.lt_u (local.get $rows) (local.get $row_end))))
        (f64.store (local.get $to) (f64.sqrt (call $sum (local.get $s01) (local.get $s23))))
        (local.set $to (i32.add (local.get $to) (i32.const 8)))
        (br $next_row))))

  (func $sum (param $s01 v128) (param $s23 v128) (result f64)
    (f64.add
      (f64.add (f64x2.extract_lane 0 (local.get $s01)) (f64x2.extract_lane 1 (local.get $s01)))
      (f64.add (f64x2.extract_lane 0 (local.get $s23)) (f64x2.extract_lane 1 (local.get $s23)))))

  ;; Products of a vector with rows, all floats, one float each at $to: two sums of four lanes for a row, in which rounding is
  ;; less than that of any order with as many terms. Two rows at a time, so that no addition waits for the one before; the last
  ;; of an odd number is taken twice.
  (func (export "multiply") (param $vector i32) (param $rows i32) (param $count i32) (param $length i32) (param $to i32)
    (local $end i32) (local $row_end i32) (local $place i32) (local $other i32) (local $is_pair i32)
    (local $v0 v128) (local $v1 v128) (local $a0 v128) (local $a1 v128) (local $b0 v128) (local $b1 v128)
    (local.set $end (i32.add (local.get $to) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next_rows
        (br_if $done (i32.ge_u (local.get $to) (local.get $end)))
        (local.set $row_end (i32.add (local.get $rows) (i32.shl (local.get $length) (i32.const 2))))
        (local.set $is_pair (i32.lt_u (i32.add (local.get $to) (i32.const 4)) (local.get $end)))
        (local.set $other (select (i32.shl (local.get $length) (i32.const 2)) (i32.const 0) (local.get $is_pair)))
        (local.set $place (local.get $vector))
        (local.set $a0 (v128.const f32x4 0 0 0 0))
        (local.set $a1 (v128.const f32x4 0 0 0 0))
        (local.set $b0 (v128.const f32x4 0 0 0 0))
        (local.set $b1 (v128.const f32x4 0 0 0 0))
        (loop $next
          (local.set $v0 (v128.load align=1 (local.get $place)))
          (local.set $v1 (v128.load offset=16 align=1 (local.get $place)))
          (local.set $a0 (f32x4.add (local.get $a0) (f32x4.mul (local.get $v0) (v128.load align=1 (local.get $rows)))))
          (local.set $a1 (f32x4.add (local.get $a1) (f32x4.mul (local.get $v1) (v128.load offset=16 align=1 (local.get $rows)))))
          (local.set $b0 (f32x4.add (local.get $b0) (f32x4.mul (local.get $v0)
            (v128.load align=1 (i32.add (local.get $rows) (local.get $other))))))
          (local.set $b1 (f32x4.add (local.get $b1) (f32x4.mul (local.get $v1)
            (v128.load offset=16 align=1 (i32.add (local.get $rows) (local.get $other))))))
          (local.set $place (i32.add (local.get $place) (i32.const 32)))
          (local.set $rows (i32.add (local.get $rows) (i32.const 32)))
          (br_if $next (i32.lt_u (local.get $rows) (local.get $row_end))))
        (f32.store (local.get $to) (call $sum_floats (f32x4.add (local.get $a0) (local.get $a1))))
        (local.set $to (i32.add (local.get $to) (i32.const 4)))
        (br_if $done (i32.eqz (local.get $is_pair)))
        (f32.store (local.get $to) (call $sum_floats (f32x4.add (local.get $b0) (local.get $b1))))
        (local.set $to (i32.add (local.get $to) (i32.const 4)))
        (local.set $rows (i32.add (local.get $rows) (local.get $other)))
        (br $next_rows))))

  (func $sum_floats (param $sums v128) (result f32)
    (f32.add
      (f32.add (f32x4.extract_lane 0 (local.get $sums)) (f32x4.extract_lane 1 (local.get $sums)))
      (f32.add (f32x4.extract_lane 2 (local.get $sums)) (f32x4.extract_lane 3 (local.get $sums)))))

  ;; Adds $p times the floats at $a to the doubles at $sums.
  (func (export "addOne") (param $sums i32) (param $length i32) (param $a i32) (param $p f64)
    (local $end i32) (local $pp v128) (local $x v128)
    (local.set $end (i32.add (local.get $sums) (i32.shl (local.get $length) (i32.const 3))))
    (local.set $pp (f64x2.splat (local.get $p)))
    (loop $next
      (local.set $x (v128.load align=1 (local.get $a)))
      (v128.store align=1 (local.get $sums) (f64x2.add (v128.load align=1 (local.get $sums))
        (f64x2.mul (local.get $pp) (f64x2.promote_low_f32x4 (local.get $x)))))
      (v128.store offset=16 align=1 (local.get $sums) (f64x2.add (v128.load offset=16 align=1 (local.get $sums))
        (f64x2.mul (local.get $pp) (f64x2.promote_low_f32x4
          (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $x) (local.get $x))))))
      (local.set $a (i32.add (local.get $a) (i32.const 16)))
      (local.set $sums (i32.add (local.get $sums) (i32.const 32)))
      (br_if $next (i32.lt_u (local.get $sums) (local.get $end)))))

  ;; Adds $p times the floats at $a, then $q times those at $b, to the doubles at $sums.
  (func (export "addTwo") (param $sums i32) (param $length i32) (param $a i32) (param $p f64) (param $b i32) (param $q f64)
    (local $end i32) (local $pp v128) (local $qq v128) (local $x v128) (local $y v128)
    (local.set $end (i32.add (local.get $sums) (i32.shl (local.get $length) (i32.const 3))))
    (local.set $pp (f64x2.splat (local.get $p)))
    (local.set $qq (f64x2.splat (local.get $q)))
    (loop $next
      (local.set $x (v128.load align=1 (local.get $a)))
      (local.set $y (v128.load align=1 (local.get $b)))
      (v128.store align=1 (local.get $sums) (f64x2.add
        (f64x2.add (v128.load align=1 (local.get $sums)) (f64x2.mul (local.get $pp) (f64x2.promote_low_f32x4 (local.get $x))))
        (f64x2.mul (local.get $qq) (f64x2.promote_low_f32x4 (local.get $y)))))
      (local.set $x (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $x) (local.get $x)))
      (local.set $y (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $y) (local.get $y)))
      (v128.store offset=16 align=1 (local.get $sums) (f64x2.add
        (f64x2.add (v128.load offset=16 align=1 (local.get $sums)) (f64x2.mul (local.get $pp) (f64x2.promote_low_f32x4 (local.get $x))))
        (f64x2.mul (local.get $qq) (f64x2.promote_low_f32x4 (local.get $y)))))
      (local.set $a (i32.add (local.get $a) (i32.const 16)))
      (local.set $b (i32.add (local.get $b) (i32.const 16)))
      (local.set $sums (i32.add (local.get $sums) (i32.const 32)))
      (br_if $next (i32.lt_u (local.get $sums) (local.get $end)))))

  ;; Doubles at $from -> bfloat16 at $to, rounded once, ties to even; and their norm, whose squares are added one after the
  ;; other, which costs little while others round. Stops at an infinity or a NaN and returns NaN.
  (func (export "narrow") (param $from i32) (param $to i32) (param $length i32) (result f64)
    (local $end i32) (local $low v128) (local $high v128) (local $floats v128) (local $back v128)
    (local $below v128) (local $inexact v128) (local $squares v128) (local $sum f64)
    (local.set $end (i32.add (local.get $to) (i32.shl (local.get $length) (i32.const 1))))
    (loop $next
      (local.set $low (v128.load align=1 (local.get $from)))
      (local.set $high (v128.load offset=16 align=1 (local.get $from)))
      (local.set $floats (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
        (f32x4.demote_f64x2_zero (local.get $low)) (f32x4.demote_f64x2_zero (local.get $high))))
      (if (v128.any_true (i32x4.eq
          (v128.and (local.get $floats) (v128.const i32x4 0x7f800000 0x7f800000 0x7f800000 0x7f800000))
          (v128.const i32x4 0x7f800000 0x7f800000 0x7f800000 0x7f800000)))
        (then (return (f64.const nan))))
      (local.set $squares (f64x2.mul (local.get $low) (local.get $low)))
      (local.set $sum (f64.add (local.get $sum) (f64x2.extract_lane 0 (local.get $squares))))
      (local.set $sum (f64.add (local.get $sum) (f64x2.extract_lane 1 (local.get $squares))))
      (local.set $squares (f64x2.mul (local.get $high) (local.get $high)))
      (local.set $sum (f64.add (local.get $sum) (f64x2.extract_lane 0 (local.get $squares))))
      (local.set $sum (f64.add (local.get $sum) (f64x2.extract_lane 1 (local.get $squares))))
      ;; What the float lost must not be lost to the second rounding: cut off instead of rounded, with the last bit set where
      ;; something was cut off, it is on the same side of every tie as the double (rounding to odd).
      (local.set $low (f64x2.abs (local.get $low)))
      (local.set $high (f64x2.abs (local.get $high)))
      (local.set $back (f64x2.abs (f64x2.promote_low_f32x4 (local.get $floats))))
      (local.set $below (f64x2.lt (local.get $low) (local.get $back)))
      (local.set $inexact (f64x2.ne (local.get $low) (local.get $back)))
      (local.set $back (f64x2.abs (f64x2.promote_low_f32x4
        (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $floats) (local.get $floats)))))
      (local.set $below (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27
        (local.get $below) (f64x2.lt (local.get $high) (local.get $back))))
      (local.set $inexact (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27
        (local.get $inexact) (f64x2.ne (local.get $high) (local.get $back))))
      (local.set $floats (v128.or
        (i32x4.add (local.get $floats) (local.get $below))
        (v128.and (local.get $inexact) (v128.const i32x4 1 1 1 1))))
      (local.set $floats (i32x4.add
        (i32x4.add (local.get $floats) (v128.const i32x4 0x7fff 0x7fff 0x7fff 0x7fff))
        (v128.and (i32x4.shr_u (local.get $floats) (i32.const 16)) (v128.const i32x4 1 1 1 1))))
      (v128.store64_lane align=1 0 (local.get $to)
        (i8x16.shuffle 2 3 6 7 10 11 14 15 2 3 6 7 10 11 14 15 (local.get $floats) (local.get $floats)))
      (local.set $from (i32.add (local.get $from) (i32.const 32)))
      (local.set $to (i32.add (local.get $to) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $to) (local.get $end))))
    (f64.sqrt (local.get $sum)))

  ;; A hash of bytes as a whole number of 52 bits: eight at a time are mixed in, multiplied by 2^64 over the golden ratio.
  (func (export "hash") (param $from i32) (param $bytes i32) (result f64)
    (local $end i32) (local $hash i64)
    (local.set $end (i32.add (local.get $from) (local.get $bytes)))
    (loop $next
      (local.set $hash (i64.mul (i64.xor (local.get $hash) (i64.load align=1 (local.get $from))) (i64.const 0x9e3779b97f4a7c15)))
      (local.set $hash (i64.xor (local.get $hash) (i64.shr_u (local.get $hash) (i64.const 29))))
      (local.set $from (i32.add (local.get $from) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $from) (local.get $end))))
    (f64.convert_i64_u (i64.shr_u (i64.mul (local.get $hash) (i64.const 0x9e3779b97f4a7c15)) (i64.const 12)))))
