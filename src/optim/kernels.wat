;; SIMD kernels over float32 vectors of one shared memory. Pointers are byte addresses, `n` counts
;; floats. `scripts/build-kernels.ts` assembles this file and knows one shorthand beside plain wat:
;;
;;   ;;@each 2 $n $x $y      repeats the body for every float from pointers $x and $y on: a loop over
;;     body                  blocks of 2 vectors (8 floats), then a loop over the remaining floats;
;;   ;;@end                  afterwards the pointers stand behind the last float.
;;
;; In a body `(load $x)` and `(store $x value)` access the current vector (in the remainder: one
;; float in lane 0) and `(lanes)` is the number of floats it holds. `$left` must be a local.
(module
  (import "env" "memory" (memory 0))

  ;; x = a
  (func (export "fill") (param $n i32) (param $a f32) (param $x i32)
    (local $left i32) (local $A v128)
    (local.set $A (f32x4.splat (local.get $a)))
    ;;@each 2 $n $x
    (store $x (local.get $A))
    ;;@end
  )

  ;; x = a x
  (func (export "scale") (param $n i32) (param $a f32) (param $x i32)
    (local $left i32) (local $A v128)
    (local.set $A (f32x4.splat (local.get $a)))
    ;;@each 2 $n $x
    (store $x (f32x4.mul (local.get $A) (load $x)))
    ;;@end
  )

  ;; y = y + a x
  (func (export "axpy") (param $n i32) (param $a f32) (param $x i32) (param $y i32)
    (local $left i32) (local $A v128)
    (local.set $A (f32x4.splat (local.get $a)))
    ;;@each 2 $n $x $y
    (store $y (f32x4.add (load $y) (f32x4.mul (local.get $A) (load $x))))
    ;;@end
  )

  ;; out = x + a y
  (func (export "addScaled")
    (param $n i32) (param $x i32) (param $a f32) (param $y i32) (param $out i32)
    (local $left i32) (local $A v128)
    (local.set $A (f32x4.splat (local.get $a)))
    ;;@each 2 $n $x $y $out
    (store $out (f32x4.add (load $x) (f32x4.mul (local.get $A) (load $y))))
    ;;@end
  )

  ;; average = average + rate (x - average)
  (func (export "ema") (param $n i32) (param $rate f32) (param $x i32) (param $average i32)
    (local $left i32) (local $A v128) (local $R v128)
    (local.set $R (f32x4.splat (local.get $rate)))
    ;;@each 2 $n $x $average
    (local.set $A (load $average))
    (store $average
      (f32x4.add (local.get $A) (f32x4.mul (local.get $R) (f32x4.sub (load $x) (local.get $A)))))
    ;;@end
  )

  ;; x = min(max(x, -limit), limit)
  (func (export "clamp") (param $n i32) (param $limit f32) (param $x i32)
    (local $left i32) (local $H v128) (local $L v128)
    (local.set $H (f32x4.splat (local.get $limit)))
    (local.set $L (f32x4.neg (local.get $H)))
    ;;@each 2 $n $x
    (store $x (f32x4.pmin (f32x4.pmax (load $x) (local.get $L)) (local.get $H)))
    ;;@end
  )

  ;; out = shrink (x - clamp(x, ±threshold)): soft-thresholding, then a scaling
  (func (export "shrink")
    (param $n i32) (param $threshold f32) (param $shrink f32) (param $x i32) (param $out i32)
    (local $left i32) (local $H v128) (local $L v128) (local $S v128) (local $X v128)
    (local.set $H (f32x4.splat (local.get $threshold)))
    (local.set $L (f32x4.neg (local.get $H)))
    (local.set $S (f32x4.splat (local.get $shrink)))
    ;;@each 2 $n $x $out
    (local.set $X (load $x))
    (store $out (f32x4.mul (local.get $S)
      (f32x4.sub (local.get $X)
        (f32x4.pmin (f32x4.pmax (local.get $X) (local.get $L)) (local.get $H)))))
    ;;@end
  )

  ;; w = w - rate (g + l2 w)
  (func (export "sgd") (param $n i32) (param $rate f32) (param $l2 f32) (param $w i32) (param $g i32)
    (local $left i32) (local $R v128) (local $D v128) (local $W v128)
    (local.set $R (f32x4.splat (local.get $rate)))
    (local.set $D (f32x4.splat (local.get $l2)))
    ;;@each 2 $n $w $g
    (local.set $W (load $w))
    (store $w (f32x4.sub (local.get $W) (f32x4.mul (local.get $R)
      (f32x4.add (load $g) (f32x4.mul (local.get $D) (local.get $W))))))
    ;;@end
  )

  ;; d = g + l2 w;  b = momentum b + d;  w = w - rate (nesterov ? d + momentum b : b)
  (func (export "sgdMomentum")
    (param $n i32) (param $rate f32) (param $l2 f32) (param $momentum f32) (param $nesterov i32)
    (param $w i32) (param $g i32) (param $b i32)
    (local $left i32) (local $R v128) (local $D v128) (local $M v128) (local $mask v128)
    (local $W v128) (local $G v128) (local $B v128)
    (local.set $R (f32x4.splat (local.get $rate)))
    (local.set $D (f32x4.splat (local.get $l2)))
    (local.set $M (f32x4.splat (local.get $momentum)))
    (local.set $mask (i32x4.splat (i32.sub (i32.const 0) (local.get $nesterov))))
    ;;@each 2 $n $w $g $b
    (local.set $W (load $w))
    (local.set $G (f32x4.add (load $g) (f32x4.mul (local.get $D) (local.get $W))))
    (local.set $B (f32x4.add (f32x4.mul (local.get $M) (load $b)) (local.get $G)))
    (store $b (local.get $B))
    (store $w (f32x4.sub (local.get $W) (f32x4.mul (local.get $R)
      (v128.bitselect
        (f32x4.add (local.get $G) (f32x4.mul (local.get $M) (local.get $B)))
        (local.get $B)
        (local.get $mask)))))
    ;;@end
  )

  ;; g = g + l2 w;  m = m + c1 (g - m);  v = beta2 v + c2 g²
  ;; w = decay w - rate m / (root √v + epsilon)
  ;; with c1 = 1 - beta1, c2 = 1 - beta2, and the bias corrections inside rate and root
  (func (export "adam")
    (param $n i32) (param $rate f32) (param $c1 f32) (param $beta2 f32) (param $c2 f32)
    (param $epsilon f32) (param $l2 f32) (param $decay f32) (param $root f32)
    (param $w i32) (param $g i32) (param $m i32) (param $v i32)
    (local $left i32) (local $R v128) (local $C1 v128) (local $B2 v128) (local $C2 v128)
    (local $E v128) (local $D v128) (local $K v128) (local $Q v128)
    (local $W v128) (local $G v128) (local $M v128) (local $V v128)
    (local.set $R (f32x4.splat (local.get $rate)))
    (local.set $C1 (f32x4.splat (local.get $c1)))
    (local.set $B2 (f32x4.splat (local.get $beta2)))
    (local.set $C2 (f32x4.splat (local.get $c2)))
    (local.set $E (f32x4.splat (local.get $epsilon)))
    (local.set $D (f32x4.splat (local.get $l2)))
    (local.set $K (f32x4.splat (local.get $decay)))
    (local.set $Q (f32x4.splat (local.get $root)))
    ;;@each 2 $n $w $g $m $v
    (local.set $W (load $w))
    (local.set $G (f32x4.add (load $g) (f32x4.mul (local.get $D) (local.get $W))))
    (local.set $M (load $m))
    (local.set $M (f32x4.add (local.get $M)
      (f32x4.mul (local.get $C1) (f32x4.sub (local.get $G) (local.get $M)))))
    (store $m (local.get $M))
    (local.set $V (f32x4.add (f32x4.mul (local.get $B2) (load $v))
      (f32x4.mul (f32x4.mul (local.get $C2) (local.get $G)) (local.get $G))))
    (store $v (local.get $V))
    (store $w (f32x4.sub (f32x4.mul (local.get $K) (local.get $W))
      (f32x4.div (f32x4.mul (local.get $R) (local.get $M))
        (f32x4.add (f32x4.mul (local.get $Q) (f32x4.sqrt (local.get $V))) (local.get $E)))))
    ;;@end
  )

  ;; Σ x y, products and sums in float64: eight partial sums, then the remainder
  (func (export "dot") (param $n i32) (param $x i32) (param $y i32) (result f64)
    (local $left i32) (local $tail f64)
    (local $S0 v128) (local $S1 v128) (local $S2 v128) (local $S3 v128)
    (local.set $left (i32.shr_u (local.get $n) (i32.const 3)))
    (if (local.get $left) (then (loop $blocks
      (local.set $S0 (f64x2.add (local.get $S0) (f64x2.mul
        (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $x)))
        (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $y))))))
      (local.set $S1 (f64x2.add (local.get $S1) (f64x2.mul
        (f64x2.promote_low_f32x4 (v128.load64_zero offset=8 (local.get $x)))
        (f64x2.promote_low_f32x4 (v128.load64_zero offset=8 (local.get $y))))))
      (local.set $S2 (f64x2.add (local.get $S2) (f64x2.mul
        (f64x2.promote_low_f32x4 (v128.load64_zero offset=16 (local.get $x)))
        (f64x2.promote_low_f32x4 (v128.load64_zero offset=16 (local.get $y))))))
      (local.set $S3 (f64x2.add (local.get $S3) (f64x2.mul
        (f64x2.promote_low_f32x4 (v128.load64_zero offset=24 (local.get $x)))
        (f64x2.promote_low_f32x4 (v128.load64_zero offset=24 (local.get $y))))))
      (local.set $x (i32.add (local.get $x) (i32.const 32)))
      (local.set $y (i32.add (local.get $y) (i32.const 32)))
      (br_if $blocks (local.tee $left (i32.sub (local.get $left) (i32.const 1))))
    )))
    (local.set $left (i32.and (local.get $n) (i32.const 7)))
    (if (local.get $left) (then (loop $singles
      (local.set $tail (f64.add (local.get $tail) (f64.mul
        (f64.promote_f32 (f32.load (local.get $x)))
        (f64.promote_f32 (f32.load (local.get $y))))))
      (local.set $x (i32.add (local.get $x) (i32.const 4)))
      (local.set $y (i32.add (local.get $y) (i32.const 4)))
      (br_if $singles (local.tee $left (i32.sub (local.get $left) (i32.const 1))))
    )))
    (local.set $S0 (f64x2.add
      (f64x2.add (local.get $S0) (local.get $S1)) (f64x2.add (local.get $S2) (local.get $S3))))
    (f64.add
      (f64.add (f64x2.extract_lane 0 (local.get $S0)) (f64x2.extract_lane 1 (local.get $S0)))
      (local.get $tail))
  )

  ;; Index of the first NaN or infinity, or -1: its exponent bits are all ones
  (func (export "firstNonFinite") (param $n i32) (param $x i32) (result i32)
    (local $i i32) (local $E v128)
    (local.set $E (i32x4.splat (i32.const 0x7f800000)))
    (block $found
      (loop $blocks
        (br_if $found (i32.gt_u (i32.add (local.get $i) (i32.const 8)) (local.get $n)))
        (br_if $found (v128.any_true (v128.or
          (i32x4.eq (v128.and (v128.load (local.get $x)) (local.get $E)) (local.get $E))
          (i32x4.eq (v128.and (v128.load offset=16 (local.get $x)) (local.get $E)) (local.get $E)))))
        (local.set $x (i32.add (local.get $x) (i32.const 32)))
        (local.set $i (i32.add (local.get $i) (i32.const 8)))
        (br $blocks)))
    (loop $singles
      (if (i32.ge_u (local.get $i) (local.get $n)) (then (return (i32.const -1))))
      (if (i32.eq (i32.and (i32.load (local.get $x)) (i32.const 0x7f800000)) (i32.const 0x7f800000))
        (then (return (local.get $i))))
      (local.set $x (i32.add (local.get $x) (i32.const 4)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $singles))
    (unreachable)
  )

  ;; table[ids[i]] += rows[i] for n rows of `width` floats; negative ids are skipped. Returns -1, or the
  ;; position of the first id that is not below `limit`, with nothing written.
  (func (export "scatterAddRows")
    (param $table i32) (param $limit i32) (param $ids i32) (param $rows i32) (param $n i32)
    (param $width i32) (result i32)
    (local $i i32) (local $id i32) (local $left i32) (local $d i32) (local $stride i32)
    (block $checked (loop $check
      (br_if $checked (i32.ge_u (local.get $i) (local.get $n)))
      (if (i32.ge_s
            (i32.load (i32.add (local.get $ids) (i32.shl (local.get $i) (i32.const 2))))
            (local.get $limit))
        (then (return (local.get $i))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $check)))
    (local.set $stride (i32.shl (local.get $width) (i32.const 2)))
    (local.set $i (i32.const 0))
    (block $done (loop $each
      (br_if $done (i32.ge_u (local.get $i) (local.get $n)))
      (local.set $id (i32.load (local.get $ids)))
      (if (i32.ge_s (local.get $id) (i32.const 0))
        (then
          (local.set $d (i32.add (local.get $table) (i32.mul (local.get $id) (local.get $stride))))
          ;;@each 2 $width $d $rows
          (store $d (f32x4.add (load $d) (load $rows)))
          ;;@end
        )
        (else (local.set $rows (i32.add (local.get $rows) (local.get $stride)))))
      (local.set $ids (i32.add (local.get $ids) (i32.const 4)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $each)))
    (i32.const -1)
  )

  ;; out = hash(counter + i) < threshold ? 0 : kept, unsigned; three multiply-xorshift rounds with the
  ;; two words of the key before the first and the last
  (func (export "dropoutMask")
    (param $n i32) (param $threshold i32) (param $kept f32) (param $k0 i32) (param $k1 i32)
    (param $counter i32) (param $out i32)
    (local $left i32) (local $T v128) (local $S v128) (local $K0 v128) (local $K1 v128)
    (local $I v128) (local $H v128)
    (local.set $T (i32x4.splat (local.get $threshold)))
    (local.set $S (f32x4.splat (local.get $kept)))
    (local.set $K0 (i32x4.splat (local.get $k0)))
    (local.set $K1 (i32x4.splat (local.get $k1)))
    (local.set $I (i32x4.add (i32x4.splat (local.get $counter)) (v128.const i32x4 0 1 2 3)))
    ;;@each 2 $n $out
    (local.set $H (v128.xor (local.get $I) (local.get $K0)))
    (local.set $H (i32x4.mul
      (v128.xor (local.get $H) (i32x4.shr_u (local.get $H) (i32.const 16)))
      (v128.const i32x4 0x21f0aaad 0x21f0aaad 0x21f0aaad 0x21f0aaad)))
    (local.set $H (i32x4.mul
      (v128.xor (local.get $H) (i32x4.shr_u (local.get $H) (i32.const 15)))
      (v128.const i32x4 0xd35a2d97 0xd35a2d97 0xd35a2d97 0xd35a2d97)))
    (local.set $H (v128.xor (local.get $K1)
      (v128.xor (local.get $H) (i32x4.shr_u (local.get $H) (i32.const 15)))))
    (local.set $H (i32x4.mul
      (v128.xor (local.get $H) (i32x4.shr_u (local.get $H) (i32.const 16)))
      (v128.const i32x4 0x85ebca6b 0x85ebca6b 0x85ebca6b 0x85ebca6b)))
    (local.set $H (v128.xor (local.get $H) (i32x4.shr_u (local.get $H) (i32.const 15))))
    (store $out (v128.and (local.get $S) (i32x4.ge_u (local.get $H) (local.get $T))))
    (local.set $I (i32x4.add (local.get $I) (i32x4.splat (lanes))))
    ;;@end
  )
)
