;; Looks every byte up in the table of its place modulo three: three tables of 256 numbers lie from address 0 on.
;; Two pixels of three channels a turn, so that the numbers are written up to the next multiple of six.
(module
  (memory (export "memory") 1)
  (func (export "lookup") (param $from i32) (param $end i32) (param $to i32)
    (loop $pixels
      (f32.store offset=0 (local.get $to)
        (f32.load offset=0 (i32.shl (i32.load8_u offset=0 (local.get $from)) (i32.const 2))))
      (f32.store offset=4 (local.get $to)
        (f32.load offset=1024 (i32.shl (i32.load8_u offset=1 (local.get $from)) (i32.const 2))))
      (f32.store offset=8 (local.get $to)
        (f32.load offset=2048 (i32.shl (i32.load8_u offset=2 (local.get $from)) (i32.const 2))))
      (f32.store offset=12 (local.get $to)
        (f32.load offset=0 (i32.shl (i32.load8_u offset=3 (local.get $from)) (i32.const 2))))
      (f32.store offset=16 (local.get $to)
        (f32.load offset=1024 (i32.shl (i32.load8_u offset=4 (local.get $from)) (i32.const 2))))
      (f32.store offset=20 (local.get $to)
        (f32.load offset=2048 (i32.shl (i32.load8_u offset=5 (local.get $from)) (i32.const 2))))
      (local.set $from (i32.add (local.get $from) (i32.const 6)))
      (local.set $to (i32.add (local.get $to) (i32.const 24)))
      (br_if $pixels (i32.lt_u (local.get $from) (local.get $end))))))
