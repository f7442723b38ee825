import type { HostArray } from "../../engine/host.js";
import type { MatrixView } from "../../engine/parameters.js";
import type { Matrix } from "./kronecker.js";

/** Calls `visit` with every place of out × in, row by row, and where it lies in the parameter as it is stored. */
function eachPlace({ rows, columns, rowsFirst }: MatrixView, visit: (at: number, stored: number) => void): void {
  for (let r = 0, at = 0; r < rows; r++)
    for (let c = 0; c < columns; c++, at++) visit(at, rowsFirst ? at : c * rows + r);
}

/** A parameter's numbers as out × in, whatever the orientation they are stored in. */
export function asMatrix(stored: HostArray, view: MatrixView): Matrix {
  const { rows, columns } = view;
  const values = new Float64Array(rows * columns);
  eachPlace(view, (at, place) => (values[at] = stored[place]!));
  return { rows, columns, values };
}

/** y − x of one parameter as out × in. */
export function differenceMatrix(x: HostArray, y: HostArray, view: MatrixView): Matrix {
  const { rows, columns } = view;
  const values = new Float64Array(rows * columns);
  eachPlace(view, (at, place) => (values[at] = y[place]! - x[place]!));
  return { rows, columns, values };
}

/** The inverse of `asMatrix`. */
export function asStored({ values }: Matrix, view: MatrixView): Float64Array {
  const stored = new Float64Array(values.length);
  eachPlace(view, (at, place) => (stored[place] = values[at]!));
  return stored;
}
