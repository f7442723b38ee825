/** Eigenvalues, rising, and eigenvectors of a symmetric matrix; vector j is row j. NaN where an entry is not a finite number.
 *  Householder's tridiagonal form, then QL steps with implicit shifts.
 *  Source: tred2 and tql2 of EISPACK (Bowdler, Martin, Reinsch & Wilkinson 1968), in the form of JAMA 1.0.3; vectors are
 *  kept as rows, so that the inner loops run along memory. */
export function symmetricEigen(x: ArrayLike<number>, n: number): { values: Float64Array; vectors: Float64Array } {
  const w = Float64Array.from(x);
  const d = new Float64Array(n);
  if (!w.every(Number.isFinite)) return { values: d.fill(NaN), vectors: w.fill(NaN) };
  const e = new Float64Array(n);
  tridiagonalise(w, d, e, n);
  diagonalise(w, d, e, n);
  return sorted(w, d, n);
}

/** Householder reduction: w becomes the transposed transformation, d the diagonal, e[1..] the subdiagonal. */
function tridiagonalise(w: Float64Array, d: Float64Array, e: Float64Array, n: number): void {
  for (let j = 0; j < n; j++) d[j] = w[j * n + n - 1]!;
  for (let i = n - 1; i > 0; i--) {
    let scale = 0;
    for (let k = 0; k < i; k++) scale += Math.abs(d[k]!);
    let h = 0;
    if (scale === 0) {
      e[i] = d[i - 1]!;
      for (let j = 0; j < i; j++) {
        d[j] = w[j * n + i - 1]!;
        w[j * n + i] = 0;
        w[i * n + j] = 0;
      }
    } else {
      for (let k = 0; k < i; k++) {
        d[k]! /= scale;
        h += d[k]! * d[k]!;
      }
      const f = d[i - 1]!;
      const g = f > 0 ? -Math.sqrt(h) : Math.sqrt(h);
      e[i] = scale * g;
      h -= f * g;
      d[i - 1] = f - g;
      e.fill(0, 0, i);
      reflect(w, d, e, i, n, h);
    }
    d[i] = h;
  }
  accumulate(w, d, n);
  e[0] = 0;
}

/** Applies the similarity transformation of step i to the leading i x i part. */
function reflect(w: Float64Array, d: Float64Array, e: Float64Array, i: number, n: number, h: number): void {
  for (let j = 0; j < i; j++) {
    const f = d[j]!;
    w[i * n + j] = f;
    let g = e[j]! + w[j * n + j]! * f;
    for (let k = j + 1; k < i; k++) {
      g += w[j * n + k]! * d[k]!;
      e[k]! += w[j * n + k]! * f;
    }
    e[j] = g;
  }
  let f = 0;
  for (let j = 0; j < i; j++) {
    e[j]! /= h;
    f += e[j]! * d[j]!;
  }
  const half = f / (h + h);
  for (let j = 0; j < i; j++) e[j]! -= half * d[j]!;
  for (let j = 0; j < i; j++) {
    const dj = d[j]!;
    const ej = e[j]!;
    for (let k = j; k < i; k++) w[j * n + k]! -= dj * e[k]! + ej * d[k]!;
    d[j] = w[j * n + i - 1]!;
    w[j * n + i] = 0;
  }
}

/** Multiplies the reflections out. */
function accumulate(w: Float64Array, d: Float64Array, n: number): void {
  for (let i = 0; i < n - 1; i++) {
    w[i * n + n - 1] = w[i * n + i]!;
    w[i * n + i] = 1;
    const h = d[i + 1]!;
    if (h !== 0) {
      for (let k = 0; k <= i; k++) d[k] = w[(i + 1) * n + k]! / h;
      for (let j = 0; j <= i; j++) {
        let g = 0;
        for (let k = 0; k <= i; k++) g += w[(i + 1) * n + k]! * w[j * n + k]!;
        for (let k = 0; k <= i; k++) w[j * n + k]! -= g * d[k]!;
      }
    }
    for (let k = 0; k <= i; k++) w[(i + 1) * n + k] = 0;
  }
  for (let j = 0; j < n; j++) {
    d[j] = w[j * n + n - 1]!;
    w[j * n + n - 1] = 0;
  }
  w[n * n - 1] = 1;
}

/** QL iterations on the tridiagonal form: d becomes the eigenvalues, the rows of w the eigenvectors. */
function diagonalise(w: Float64Array, d: Float64Array, e: Float64Array, n: number): void {
  e.copyWithin(0, 1);
  e[n - 1] = 0;
  let shift = 0;
  let largest = 0;
  for (let l = 0; l < n; l++) {
    largest = Math.max(largest, Math.abs(d[l]!) + Math.abs(e[l]!));
    const small = Number.EPSILON * largest;
    let m = l;
    while (m < n - 1 && Math.abs(e[m]!) > small) m++;
    if (m > l) {
      do {
        let g = d[l]!;
        let p = (d[l + 1]! - g) / (2 * e[l]!);
        let r = p < 0 ? -Math.hypot(p, 1) : Math.hypot(p, 1);
        d[l] = e[l]! / (p + r);
        d[l + 1] = e[l]! * (p + r);
        const next = d[l + 1]!;
        const h = g - d[l]!;
        for (let i = l + 2; i < n; i++) d[i]! -= h;
        shift += h;
        p = d[m]!;
        let [c, c2, c3, s, s2] = [1, 1, 1, 0, 0];
        const below = e[l + 1]!;
        for (let i = m - 1; i >= l; i--) {
          [c3, c2, s2] = [c2, c, s];
          g = c * e[i]!;
          const f = c * p;
          r = Math.hypot(p, e[i]!);
          e[i + 1] = s * r;
          s = e[i]! / r;
          c = p / r;
          p = c * d[i]! - s * g;
          d[i + 1] = f + s * (c * g + s * d[i]!);
          rotate(w, i * n, n, c, s);
        }
        p = (-s * s2 * c3 * below * e[l]!) / next;
        e[l] = s * p;
        d[l] = c * p;
      } while (Math.abs(e[l]!) > small);
    }
    d[l]! += shift;
    e[l] = 0;
  }
}

/** Turns two rows that follow each other. @param at start of the first. */
function rotate(w: Float64Array, at: number, n: number, c: number, s: number): void {
  for (let k = at; k < at + n; k++) {
    const low = w[k]!;
    const high = w[k + n]!;
    w[k + n] = s * low + c * high;
    w[k] = c * low - s * high;
  }
}

function sorted(w: Float64Array, d: Float64Array, n: number): { values: Float64Array; vectors: Float64Array } {
  const order = Array.from(d.keys()).sort((a, b) => d[a]! - d[b]!);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => vectors.set(w.subarray(from * n, (from + 1) * n), to * n));
  return { values: Float64Array.from(order, (from) => d[from]!), vectors };
}
