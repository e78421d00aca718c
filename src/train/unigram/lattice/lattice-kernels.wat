;; The loops over the lattices of words: those of lattice.ts, lattice-math.ts and shares.ts with float32 sums, to the last bit, but for
;; adding shares up, and those of best-paths.ts. `node scripts/kernels.mjs` compiles this file into lattice-kernels-wasm.ts.
;; Spec: WebAssembly 2.0, vector instructions; the reference as in lattice.ts.
;;
;; A node is a record of PackedForest, 16 bytes: its parent's place in int32s, its length, its score, the nodes of its chain.
;; A position has 16 bytes: log sum of all paths up to it, of all from it on, its first edge; the last 4 are 1 where an edge has come in,
;; and zeros before and after each function.
;; An edge has 16 bytes: its node, its score and later the logarithm of its share, the position where it ends. In a position, edges go
;; from short to long, an unknown character last: that is the order in which shares are added.
(module
  (import "env" "memory" (memory 1))
  (import "env" "logSumExp" (func $log_sum_exp (param f32 f32) (result f32)))

  ;; The edges of `$count` words; `$starts` has one entry more, and `$nodes` are those from the first start on. Writes behind each
  ;; other, from $words on, the end of each word's edges and the log sum of its paths. Returns the end of all edges, or 0 if they do
  ;; not fit below $limit; positions are no zeros then.
  (func (export "walk")
    (param $links i32) (param $nodes i32) (param $starts i32) (param $count i32) (param $positions i32)
    (param $words i32) (param $next i32) (param $limit i32) (param $unknown_piece i32) (param $logs i32) (result i32)
    (local $words_end i32) (local $p i32) (local $last i32) (local $place i32) (local $first i32) (local $edge i32) (local $end i32)
    (local $stop i32) (local $here f32) (local $score f32) (local $path f32) (local $sum f32) (local $all f32)
    (local $distance f32) (local $max f32) (local $d f64) (local $cell f64) (local $t f64) (local $near f64) (local $at i32)
    (local.set $words_end (i32.add (local.get $words) (i32.shl (local.get $count) (i32.const 3))))
    (block $done
      (loop $next_word
        (br_if $done (i32.ge_u (local.get $words) (local.get $words_end)))
        (local.set $p (local.get $positions))
        (local.set $last (i32.add (local.get $p) (i32.shl
          (i32.sub (i32.load offset=4 (local.get $starts)) (i32.load (local.get $starts))) (i32.const 4))))
        (f32.store (local.get $p) (f32.const 0))

        ;; Forwards: sums take the edges into a position from the farthest start on.
        (block $end_of_word
          (loop $next_position
            (br_if $end_of_word (i32.ge_u (local.get $p) (local.get $last)))
            (i32.store offset=12 (local.get $p) (i32.const 0))
            (local.set $here (f32.load (local.get $p)))
            (local.set $place (i32.add (local.get $links) (i32.shl (i32.load (local.get $nodes)) (i32.const 4))))
            (local.set $first (local.get $next))
            (local.set $next (i32.add (local.get $first) (i32.shl (i32.load offset=12 (local.get $place)) (i32.const 4))))
            (if (i32.gt_u (local.get $next) (local.get $limit)) (then (return (i32.const 0))))
            (i32.store offset=8 (local.get $p) (local.get $first))
            (local.set $edge (local.get $next))
            (loop $next_edge
              (local.set $edge (i32.sub (local.get $edge) (i32.const 16)))
              (local.set $end (i32.add (local.get $p) (i32.shl (i32.load offset=4 (local.get $place)) (i32.const 4))))
              (local.set $score (f32.load offset=8 (local.get $place)))
              (i32.store (local.get $edge) (i32.shr_u (i32.sub (local.get $place) (local.get $links)) (i32.const 4)))
              (f32.store offset=4 (local.get $edge) (local.get $score))
              (i32.store offset=8 (local.get $edge) (local.get $end))
              (local.set $path (f32.add (local.get $score) (local.get $here)))
              (block $summed
                (if (i32.eqz (i32.load offset=12 (local.get $end)))
                  (then
                    (i32.store offset=12 (local.get $end) (i32.const 1))
                    (local.set $sum (local.get $path))
                    (br $summed)))
                (local.set $sum (f32.load (local.get $end)))
                ;; logSumExp of lattice-math.ts. Adding 1.5 x 2^47 rounds to a multiple of 1/32, whose number is then in the low bits.
                (local.set $distance (f32.abs (f32.sub (local.get $sum) (local.get $path))))
                (local.set $max
                  (f32x4.extract_lane 0 (f32x4.pmax (f32x4.splat (local.get $sum)) (f32x4.splat (local.get $path)))))
                (if (f32.lt (local.get $distance) (f32.const 32))
                  (then
                    (local.set $d (f64.promote_f32 (local.get $distance)))
                    (local.set $cell (f64.add (local.get $d) (f64.const 0x1.8p47)))
                    (local.set $at (i32.add (local.get $logs)
                      (i32.shl (i32.wrap_i64 (i64.reinterpret_f64 (local.get $cell))) (i32.const 5))))
                    (local.set $t (f64.sub (local.get $d) (f64.sub (local.get $cell) (f64.const 0x1.8p47))))
                    (local.set $near (f64.add
                      (f64.add
                        (f64.add (f64.promote_f32 (local.get $max)) (f64.load (local.get $at)))
                        (f64.mul (local.get $t) (f64.load offset=8 (local.get $at))))
                      (f64.mul
                        (f64.mul (local.get $t) (local.get $t))
                        (f64.add
                          (f64.load offset=16 (local.get $at))
                          (f64.mul (local.get $t) (f64.load offset=24 (local.get $at)))))))
                    (if (f32.eq
                        (f32.demote_f64 (f64.sub (local.get $near) (f64.const 1e-10)))
                        (f32.demote_f64 (f64.add (local.get $near) (f64.const 1e-10))))
                      (then
                        (local.set $sum (f32.demote_f64 (local.get $near)))
                        (br $summed))))
                  (else
                    (if (f32.lt (local.get $max) (f32.const -1e-6))
                      (then
                        (local.set $sum (local.get $max))
                        (br $summed)))))
                (local.set $sum (call $log_sum_exp (local.get $sum) (local.get $path))))
              (f32.store (local.get $end) (local.get $sum))
              (if (i32.gt_u (local.get $edge) (local.get $first))
                (then
                  (local.set $place (i32.add (local.get $links) (i32.shl (i32.load (local.get $place)) (i32.const 2))))
                  (br $next_edge))))
            ;; The chain ends with the unknown character, node 0.
            (if (i32.eq (local.get $place) (local.get $links))
              (then
                (local.set $stop (i32.sub (local.get $next) (i32.const 16)))
                (memory.copy (local.get $edge) (i32.add (local.get $edge) (i32.const 16)) (i32.sub (local.get $stop) (local.get $edge)))
                (i32.store (local.get $stop) (local.get $unknown_piece))
                (f32.store offset=4 (local.get $stop) (local.get $score))
                (i32.store offset=8 (local.get $stop) (local.get $end))))
            (local.set $nodes (i32.add (local.get $nodes) (i32.const 4)))
            (local.set $p (i32.add (local.get $p) (i32.const 16)))
            (br $next_position)))

        ;; Backwards: sums take the edges out of a position from the shortest on, an unknown character last.
        (local.set $all (f32.load (local.get $last)))
        (f32.store offset=4 (local.get $last) (f32.const 0))
        (i32.store offset=12 (local.get $last) (i32.const 0))
        (local.set $stop (local.get $next))
        (block $start_of_word
          (loop $next_position
            (br_if $start_of_word (i32.le_u (local.get $p) (local.get $positions)))
            (local.set $p (i32.sub (local.get $p) (i32.const 16)))
            (local.set $here (f32.load (local.get $p)))
            (local.set $first (i32.load offset=8 (local.get $p)))
            (local.set $edge (local.get $first))
            (loop $next_edge
              (local.set $score (f32.load offset=4 (local.get $edge)))
              (local.set $path (f32.load offset=4 (i32.load offset=8 (local.get $edge))))
              (f32.store offset=4 (local.get $edge)
                (f32.sub (f32.add (f32.add (local.get $here) (local.get $score)) (local.get $path)) (local.get $all)))
              (local.set $path (f32.add (local.get $score) (local.get $path)))
              (block $summed
                (if (i32.eq (local.get $edge) (local.get $first))
                  (then
                    (local.set $sum (local.get $path))
                    (br $summed)))
                ;; logSumExp, as above.
                (local.set $distance (f32.abs (f32.sub (local.get $sum) (local.get $path))))
                (local.set $max
                  (f32x4.extract_lane 0 (f32x4.pmax (f32x4.splat (local.get $sum)) (f32x4.splat (local.get $path)))))
                (if (f32.lt (local.get $distance) (f32.const 32))
                  (then
                    (local.set $d (f64.promote_f32 (local.get $distance)))
                    (local.set $cell (f64.add (local.get $d) (f64.const 0x1.8p47)))
                    (local.set $at (i32.add (local.get $logs)
                      (i32.shl (i32.wrap_i64 (i64.reinterpret_f64 (local.get $cell))) (i32.const 5))))
                    (local.set $t (f64.sub (local.get $d) (f64.sub (local.get $cell) (f64.const 0x1.8p47))))
                    (local.set $near (f64.add
                      (f64.add
                        (f64.add (f64.promote_f32 (local.get $max)) (f64.load (local.get $at)))
                        (f64.mul (local.get $t) (f64.load offset=8 (local.get $at))))
                      (f64.mul
                        (f64.mul (local.get $t) (local.get $t))
                        (f64.add
                          (f64.load offset=16 (local.get $at))
                          (f64.mul (local.get $t) (f64.load offset=24 (local.get $at)))))))
                    (if (f32.eq
                        (f32.demote_f64 (f64.sub (local.get $near) (f64.const 1e-10)))
                        (f32.demote_f64 (f64.add (local.get $near) (f64.const 1e-10))))
                      (then
                        (local.set $sum (f32.demote_f64 (local.get $near)))
                        (br $summed))))
                  (else
                    (if (f32.lt (local.get $max) (f32.const -1e-6))
                      (then
                        (local.set $sum (local.get $max))
                        (br $summed)))))
                (local.set $sum (call $log_sum_exp (local.get $sum) (local.get $path))))
              (local.set $edge (i32.add (local.get $edge) (i32.const 16)))
              (br_if $next_edge (i32.lt_u (local.get $edge) (local.get $stop))))
            (local.set $stop (local.get $first))
            (f32.store offset=4 (local.get $p) (local.get $sum))
            (br $next_position)))

        (i32.store (local.get $words) (local.get $next))
        (f32.store offset=4 (local.get $words) (local.get $all))
        (local.set $words (i32.add (local.get $words) (i32.const 8)))
        (local.set $starts (i32.add (local.get $starts) (i32.const 4)))
        (br $next_word)))
    (local.get $next))

  ;; Adds to the $frequencies of nodes, float32, how often they are on the best paths of words, as best-paths.ts does; words as for walk,
  ;; and how often each occurs, in float64. Positions hold the best score up to them and where its last node is.
  (func (export "countBestPaths")
    (param $links i32) (param $nodes i32) (param $starts i32) (param $count i32) (param $positions i32)
    (param $occurrences i32) (param $frequencies i32) (param $unknown_piece i32)
    (local $p i32) (local $last i32) (local $place i32) (local $end i32) (local $words_end i32) (local $here f32) (local $score f32)
    (local.set $words_end (i32.add (local.get $starts) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next_word
        (br_if $done (i32.ge_u (local.get $starts) (local.get $words_end)))
        (local.set $p (local.get $positions))
        (local.set $last (i32.add (local.get $p) (i32.shl
          (i32.sub (i32.load offset=4 (local.get $starts)) (i32.load (local.get $starts))) (i32.const 4))))
        (f32.store (local.get $p) (f32.const 0))
        (block $end_of_word
          (loop $next_position
            (i32.store offset=12 (local.get $p) (i32.const 0))
            (br_if $end_of_word (i32.ge_u (local.get $p) (local.get $last)))
            (local.set $here (f32.load (local.get $p)))
            (local.set $place (i32.shl (i32.load (local.get $nodes)) (i32.const 2)))
            (loop $next_edge
              (local.set $place (i32.add (local.get $links) (i32.shl (local.get $place) (i32.const 2))))
              (local.set $end (i32.add (local.get $p) (i32.shl (i32.load offset=4 (local.get $place)) (i32.const 4))))
              (local.set $score (f32.add (local.get $here) (f32.load offset=8 (local.get $place))))
              (block $is_worse
                (if (i32.load offset=12 (local.get $end))
                  ;; Of equal paths the one with the longest last piece stays.
                  (then (br_if $is_worse (f32.le (local.get $score) (f32.load (local.get $end)))))
                  (else (i32.store offset=12 (local.get $end) (i32.const 1))))
                (f32.store (local.get $end) (local.get $score))
                (i32.store offset=4 (local.get $end) (local.get $place)))
              (local.set $place (i32.load (local.get $place)))
              (br_if $next_edge (i32.ge_s (local.get $place) (i32.const 0))))
            (local.set $nodes (i32.add (local.get $nodes) (i32.const 4)))
            (local.set $p (i32.add (local.get $p) (i32.const 16)))
            (br $next_position)))
        (block $start_of_word
          (loop $next_piece
            (br_if $start_of_word (i32.le_u (local.get $p) (local.get $positions)))
            (local.set $place (i32.load offset=4 (local.get $p)))
            (local.set $p (i32.sub (local.get $p) (i32.shl (i32.load offset=4 (local.get $place)) (i32.const 4))))
            (local.set $end (i32.add (local.get $frequencies) (i32.shl
              (select
                (i32.shr_u (i32.sub (local.get $place) (local.get $links)) (i32.const 4))
                (local.get $unknown_piece)
                (i32.ne (local.get $place) (local.get $links)))
              (i32.const 2))))
            (f32.store (local.get $end) (f32.demote_f64 (f64.add
              (f64.promote_f32 (f32.load (local.get $end))) (f64.load (local.get $occurrences)))))
            (br $next_piece)))
        (local.set $occurrences (i32.add (local.get $occurrences) (i32.const 8)))
        (local.set $starts (i32.add (local.get $starts) (i32.const 4)))
        (br $next_word))))

  ;; exp of the shares' logarithms, with a relative error below 3e-13, into the last 8 bytes of each edge, where it ended before. Takes two
  ;; edges at a time and may write one behind the last. exp(x) = 2^k exp(r), r within half of log 2 on either side; terms of exp(r) up to
  ;; r^11 / 11!. Adding 1.5 x 2^52 rounds to whole numbers, which are then in the low bits.
  (func (export "exponentiate") (param $edge i32) (param $end i32)
    (local $x v128) (local $k v128) (local $r v128) (local $y v128)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $edge) (local.get $end)))
        (local.set $x (f64x2.promote_low_f32x4
          (v128.load32_lane offset=20 1 (local.get $edge) (v128.load32_zero offset=4 (local.get $edge)))))
        ;; Nothing so small changes a float32.
        (local.set $x (f64x2.pmax (local.get $x) (v128.const f64x2 -700 -700)))
        (local.set $k (f64x2.add
          (f64x2.mul (local.get $x) (v128.const f64x2 1.4426950408889634 1.4426950408889634))
          (v128.const f64x2 0x1.8p52 0x1.8p52)))
        (local.set $r (f64x2.sub (local.get $x) (f64x2.mul
          (f64x2.sub (local.get $k) (v128.const f64x2 0x1.8p52 0x1.8p52))
          (v128.const f64x2 0.6931471805599453 0.6931471805599453))))
        (local.set $y (v128.const f64x2 2.505210838544172e-8 2.505210838544172e-8))
        (local.set $y (f64x2.add (f64x2.mul (local.get $y) (local.get $r)) (v128.const f64x2 2.755731922398589e-7 2.755731922398589e-7)))
        (local.set $y (f64x2.add (f64x2.mul (local.get $y) (local.get $r)) (v128.const f64x2 2.7557319223985893e-6 2.7557319223985893e-6)))
        (local.set $y (f64x2.add (f64x2.mul (local.get $y) (local.get $r)) (v128.const f64x2 2.48015873015873e-5 2.48015873015873e-5)))
        (local.set $y (f64x2.add (f64x2.mul (local.get $y) (local.get $r)) (v128.const f64x2 0.0001984126984126984 0.0001984126984126984)))
        (local.set $y (f64x2.add (f64x2.mul (local.get $y) (local.get $r)) (v128.const f64x2 0.001388888888888889 0.001388888888888889)))
        (local.set $y (f64x2.add (f64x2.mul (local.get $y) (local.get $r)) (v128.const f64x2 0.008333333333333333 0.008333333333333333)))
        (local.set $y (f64x2.add (f64x2.mul (local.get $y) (local.get $r)) (v128.const f64x2 0.041666666666666664 0.041666666666666664)))
        (local.set $y (f64x2.add (f64x2.mul (local.get $y) (local.get $r)) (v128.const f64x2 0.16666666666666666 0.16666666666666666)))
        (local.set $y (f64x2.add (f64x2.mul (local.get $y) (local.get $r)) (v128.const f64x2 0.5 0.5)))
        (local.set $y (f64x2.add (f64x2.mul (local.get $y) (local.get $r)) (v128.const f64x2 1 1)))
        (local.set $y (f64x2.add (f64x2.mul (local.get $y) (local.get $r)) (v128.const f64x2 1 1)))
        (local.set $y (i64x2.add (local.get $y) (i64x2.shl (local.get $k) (i32.const 52))))
        (v128.store64_lane offset=8 0 (local.get $edge) (local.get $y))
        (v128.store64_lane offset=24 1 (local.get $edge) (local.get $y))
        (local.set $edge (i32.add (local.get $edge) (i32.const 32)))
        (br $next)))))
