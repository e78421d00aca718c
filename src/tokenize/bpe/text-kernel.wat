;; Cuts a text in UTF-8 into stretches, where no piece goes across, and copies the ids that are remembered of each. utf8-encoder.ts
;; lays out the memory and does the rest. The text is valid; a space stands for U+2581. `scripts/kernels.mjs` compiles this file
;; into text-kernel-wasm.ts. Spec: WebAssembly 2.0, vector instructions.
(module
  (import "env" "memory" (memory 1))

  ;; Encodes the bytes from $at to $end, writes ids from $out on, and returns where the first stretch begins that is not remembered,
  ;; $end where there is none. Address 0 gets where that stretch ends, 4 where ids end, 8 the row for the stretch, 0 if it gets none. A
  ;; row has 32 bytes: 16 * size + ids, 3 ids, the 1 to 16 bytes of the stretch. Two rows side by side belong to the same hashes.
  (func (export "encode") (param $at i32) (param $end i32) (param $out i32) (result i32)
    (local $start i32) (local $unit i32) (local $byte i32) (local $next i32) (local $size i32) (local $key i32)
    (local $text v128) (local $row i32) (local $found i32) (local $is_second i32) (local $mixed i64)
    (block $stop
      (loop $stretch
        (br_if $stop (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $start (local.get $at))
        ;; -1 joins with everything: nothing yet, or a character past the BMP.
        (local.set $unit (i32.const -1))
        (block $cut
          (loop $extend
            (local.set $byte (i32.load8_u (local.get $at)))
            (if (i32.lt_u (i32.or (local.get $unit) (local.get $byte)) (i32.const 128))
              (then
                (br_if $cut (i32.eqz (i32.load8_u offset=0x4000
                  (i32.or (i32.shl (local.get $unit) (i32.const 7)) (local.get $byte)))))
                (local.set $unit (local.get $byte))
                (br_if $extend (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (local.get $end)))
                (br $cut)))
            (if (i32.lt_u (local.get $byte) (i32.const 128))
              (then
                (local.set $next (select (i32.const 0x2581) (local.get $byte) (i32.eq (local.get $byte) (i32.const 32))))
                (local.set $size (i32.const 1)))
              (else (if (i32.lt_u (local.get $byte) (i32.const 0xe0))
                (then
                  (local.set $size (i32.const 2))
                  (local.set $next (i32.or
                    (i32.shl (i32.and (local.get $byte) (i32.const 0x1f)) (i32.const 6))
                    (i32.and (i32.load8_u offset=1 (local.get $at)) (i32.const 0x3f)))))
                (else (if (i32.lt_u (local.get $byte) (i32.const 0xf0))
                  (then
                    (local.set $size (i32.const 3))
                    (local.set $next (i32.or (i32.or
                      (i32.shl (i32.and (local.get $byte) (i32.const 0x0f)) (i32.const 12))
                      (i32.shl (i32.and (i32.load8_u offset=1 (local.get $at)) (i32.const 0x3f)) (i32.const 6)))
                      (i32.and (i32.load8_u offset=2 (local.get $at)) (i32.const 0x3f)))))
                  (else
                    (local.set $size (i32.const 4))
                    (local.set $next (i32.const -1))))))))
            (if (i32.ge_s (i32.or (local.get $unit) (local.get $next)) (i32.const 0))
              (then
                (local.set $key (i32.mul (i32.const 0x9e3779b1) (i32.or (local.get $next) (i32.shl
                  (select (i32.const 0x2581) (local.get $unit) (i32.eq (local.get $unit) (i32.const 32))) (i32.const 16)))))
                (local.set $mixed (i64.or
                  (i64.shl (i64.const 1) (i64.extend_i32_u (i32.shr_u (local.get $key) (i32.const 12))))
                  (i64.shl (i64.const 1) (i64.extend_i32_u (i32.shr_u (local.get $key) (i32.const 6))))))
                (br_if $cut (i64.ne (local.get $mixed) (i64.and (local.get $mixed) (i64.load offset=0x10000
                  (i32.shl (i32.shr_u (local.get $key) (i32.const 18)) (i32.const 3))))))))
            (local.set $unit (select (local.get $byte) (local.get $next) (i32.lt_u (local.get $byte) (i32.const 128))))
            (local.set $at (i32.add (local.get $at) (local.get $size)))
            (br_if $extend (i32.lt_u (local.get $at) (local.get $end)))))
        (local.set $size (i32.sub (local.get $at) (local.get $start)))
        (block $unknown
          (local.set $row (i32.const 0))
          (br_if $unknown (i32.gt_u (local.get $size) (i32.const 16)))
          ;; One character.
          (if (i32.le_u (local.get $size) (i32.const 3))
            (then (if (i32.eq (local.get $size)
                (select (i32.const 1) (select (i32.const 2) (i32.const 3) (i32.lt_u (local.get $unit) (i32.const 0x800)))
                  (i32.lt_u (local.get $unit) (i32.const 128))))
              (then
                (local.set $key (i32.load offset=0x80000 (i32.shl (local.get $unit) (i32.const 2))))
                (if (i32.ge_s (local.get $key) (i32.const 0))
                  (then
                    (i32.store (local.get $out) (local.get $key))
                    (local.set $out (i32.add (local.get $out) (i32.const 4)))
                    (br $stretch)))))))
          (local.set $key (i32.shl (local.get $size) (i32.const 4)))
          (local.set $text (v128.and (v128.load align=1 (local.get $start)) (v128.load offset=256 (local.get $key))))
          (local.set $mixed (i64.xor
            (i64.mul (i64x2.extract_lane 0 (local.get $text)) (i64.const 0x9e3779b97f4a7c15))
            (i64.mul (i64x2.extract_lane 1 (local.get $text)) (i64.const 0xc2b2ae3d27d4eb4f))))
          (local.set $mixed (i64.mul (i64.const 0xd6e8feb86659fd93)
            (i64.xor (local.get $mixed) (i64.shr_u (local.get $mixed) (i64.const 32)))))
          (local.set $row (i32.add (i32.const 0x100000)
            (i32.shl (i32.wrap_i64 (i64.shr_u (local.get $mixed) (i64.const 47))) (i32.const 6))))
          ;; Which of the two rows has it is told without a branch, which could not be foreseen.
          (local.set $found (i32.add (local.get $row) (i32.const 32)))
          (local.set $is_second (i32.and
            (i32.eq (i32.and (i32.load (local.get $found)) (i32.const -16)) (local.get $key))
            (i32.eqz (v128.any_true (v128.xor (v128.load offset=16 (local.get $found)) (local.get $text))))))
          (local.set $found (select (local.get $found) (local.get $row) (local.get $is_second)))
          (if (i32.or (local.get $is_second) (i32.and
              (i32.eq (i32.and (i32.load (local.get $row)) (i32.const -16)) (local.get $key))
              (i32.eqz (v128.any_true (v128.xor (v128.load offset=16 (local.get $row)) (local.get $text))))))
            (then
              (local.set $size (i32.and (i32.load (local.get $found)) (i32.const 15)))
              (v128.store align=4 (local.get $out) (v128.load offset=4 align=4 (local.get $found)))
              (local.set $out (i32.add (local.get $out) (i32.shl (local.get $size) (i32.const 2))))
              (br_if $stretch (local.get $size))
              ;; It has more ids than a row.
              (local.set $row (i32.const 0)))))
        (i32.store (i32.const 8) (local.get $row))
        (i32.store (i32.const 0) (local.get $at))
        (i32.store (i32.const 4) (local.get $out))
        (return (local.get $start))))
    (i32.store (i32.const 4) (local.get $out))
    (local.get $end))

  ;; Where the line from $at on ends: at the next line feed, or at $end. 16 bytes behind $end may be read.
  (func (export "lineEnd") (param $at i32) (param $end i32) (result i32)
    (local $found i32)
    (loop $next
      (local.set $found (i8x16.bitmask
        (i8x16.eq (v128.load align=1 (local.get $at)) (i8x16.splat (i32.const 10)))))
      (if (local.get $found)
        (then
          (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $found))))
          (return (select (local.get $at) (local.get $end) (i32.lt_u (local.get $at) (local.get $end))))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
    (local.get $end)))
