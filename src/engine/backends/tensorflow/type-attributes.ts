/** Type attributes that eager execution infers from its inputs but a graph needs spelled out: attribute -> input index,
 *  from the end where it is negative. */
const INFERRED: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  ArgMax: { T: 0, Tidx: 1 },
  BroadcastTo: { T: 0, Tidx: 1 },
  ConcatV2: { T: 0, Tidx: -1 },
  ExpandDims: { T: 0, Tdim: 1 },
  Fill: { T: 1, index_type: 0 },
  Max: { T: 0, Tidx: 1 },
  Mean: { T: 0, Tidx: 1 },
  Pad: { T: 0, Tpaddings: 1 },
  PadV2: { T: 0, Tpaddings: 1 },
  Reshape: { T: 0, Tshape: 1 },
  Select: { T: 1 },
  SelectV2: { T: 1 },
  Slice: { T: 0, Index: 1 },
  Sum: { T: 0, Tidx: 1 },
  Tile: { T: 0, Tmultiples: 1 },
  Transpose: { T: 0, Tperm: 1 },
};

/** Operations without a type attribute of their own. */
const UNTYPED = new Set(["Cast", "LogicalAnd", "LogicalNot", "LogicalOr"]);
/** What the names of our own operations begin with: these are of floats. */
const OWN = "Metamd";

/** Which type attributes an operation needs, as attribute -> index of the input that has that type. */
export function inferredTypes(op: string): Readonly<Record<string, number>> {
  return INFERRED[op] ?? (UNTYPED.has(op) || op.startsWith(OWN) ? {} : { T: 0 });
}
