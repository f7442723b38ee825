// Eigenvalues and eigenvectors of a symmetric matrix: H_1 .. H_n of Householder make it tridiagonal, whose eigenvectors are
// turned back by them. Reflections are gathered, so that half of the work that makes it tridiagonal and all of the way back
// are products of matrices (LAPACK's ssytrd and sormtr; Bischof & Van Loan 1987).
// Arrays are row-major with rows and columns of zeros at the end, up to whole vectors. The same bits, however many threads there
// are.
#pragma once
#include "tridiagonal-eigen.h"

namespace metamd {

constexpr int64_t kPanel = 32;  // reflections that are gathered

class SymmetricEigen {
 public:
  explicit SymmetricEigen(int64_t n)
      : n_(n),
        side_(RoundedUp(n, kWidth)),
        scratch_(2 * side_ * side_ + (3 * kPanel + kShares) * side_),
        a_(scratch_.Take(side_ * side_)),
        z_(scratch_.Take(side_ * side_)),
        w_(scratch_.Take(kPanel * side_)),
        panel_(scratch_.Take(2 * kPanel * side_)),
        shares_(scratch_.Take(kShares * side_)),
        scales_(n, 0.0f) {}

  // @param x n x n, of which the lower half is read. @param values n, rising. @param vectors n x n: columns. NaN where a
  // number is not finite.
  void Solve(const float* x, float* values, float* vectors) {
    if (!std::all_of(x, x + n_ * n_, [](float number) { return std::isfinite(number); })) {
      std::fill_n(values, n_, NAN);
      std::fill_n(vectors, n_ * n_, NAN);
      return;
    }
    const int exponent = Read(x);
    std::vector<double> d(n_), e(n_, 0.0);
    for (int64_t first = 0; first < n_; first += kPanel) {
      const int64_t end = std::min(first + kPanel, n_);
      for (int64_t j = first; j < end; j++) Reflect(first, j, d, e);
      Update(first, end);
    }
    TridiagonalEigen(n_, d.data(), e.data(), z_, side_).Solve();
    for (int64_t first = RoundedDown(n_ - 1, kPanel); first >= 0; first -= kPanel)
      TurnBack(first, std::min(first + kPanel, n_));
    for (int64_t i = 0; i < n_; i++) {
      values[i] = static_cast<float>(std::ldexp(d[i], exponent));
      std::copy_n(z_ + i * side_, n_, vectors + i * n_);
    }
  }

 private:
  // Parts of a product with the matrix whose results are added afterwards; few where the matrix is small.
  static constexpr int64_t kShares = 8, kSharedFrom = 512;
  static constexpr int kRowsTogether = 4;
  // Squares below are of no account beside one, and so small that they are not exact.
  static constexpr float kNothing = 1e-30f;

  // Takes the lower half as the upper one, times a power of two so that no number is above one. @returns its exponent.
  int Read(const float* x) {
    float largest = 0;
    for (int64_t i = 0; i < n_; i++)
      for (int64_t j = 0; j <= i; j++) largest = std::max(largest, std::abs(x[i * n_ + j]));
    int exponent = 0;
    std::frexp(largest, &exponent);
    const double scale = std::ldexp(1.0, -exponent);
    for (int64_t i = 0; i < n_; i++)
      for (int64_t j = 0; j <= i; j++) a_[j * side_ + i] = static_cast<float>(x[i * n_ + j] * scale);
    return exponent;
  }

  // Sum of x y from a column on, that begins a vector.
  float Dot(const float* x, const float* y, int64_t from) const {
    Vector sums[2] = {};
    for (int64_t at = from; at < side_; at += kWidth) sums[at / kWidth % 2] += Load(x + at) * Load(y + at);
    return Sum(sums[0] + sums[1]);
  }

  // What is left of row j after the panel's reflections before it: its reflection I - s v v^T, v in its place, and w.
  void Reflect(int64_t first, int64_t j, std::vector<double>& d, std::vector<double>& e) {
    float* const row = a_ + j * side_;
    const int64_t from = RoundedDown(j, kWidth);
    for (int64_t q = first; q < j; q++) {
      const float *v = a_ + q * side_, *w = w_ + (q - first) * side_;
      const float v_j = v[j], w_j = w[j];
      for (int64_t at = from; at < side_; at += kWidth)
        Store(row + at, Load(row + at) - v_j * Load(w + at) - w_j * Load(v + at));
    }
    d[j] = row[j];
    std::fill(row, row + j + 1, 0.0f);
    float* const w = w_ + (j - first) * side_;
    std::fill(w, w + side_, 0.0f);
    if (j + 1 == n_) return;
    const float alpha = row[j + 1];
    row[j + 1] = 0;
    const float rest = Dot(row, row, from);
    if (rest == 0 || alpha * alpha + rest < kNothing) {
      e[j] = alpha;
      std::fill(row + j + 1, row + side_, 0.0f);
      return;
    }
    const float beta = -std::copysign(std::sqrt(alpha * alpha + rest), alpha), scale = 1 / (alpha - beta);
    for (int64_t at = from; at < side_; at += kWidth) Store(row + at, scale * Load(row + at));
    row[j + 1] = 1;
    e[j] = beta;
    const float s = scales_[j] = (beta - alpha) / beta;

    Times(j + 1, row, w);
    for (int64_t q = first; q < j; q++) {
      const float *v_q = a_ + q * side_, *w_q = w_ + (q - first) * side_;
      const float along_w = Dot(w_q, row, from), along_v = Dot(v_q, row, from);
      for (int64_t at = from; at < side_; at += kWidth)
        Store(w + at, Load(w + at) - along_w * Load(v_q + at) - along_v * Load(w_q + at));
    }
    const float half = -0.5f * s * s * Dot(w, row, from);
    for (int64_t at = from; at < side_; at += kWidth) Store(w + at, s * Load(w + at) + half * Load(row + at));
    std::fill(w + from, w + j + 1, 0.0f);
  }

  // w = A v of the rows and columns from one on, of which the upper half is there. @param v zero before.
  void Times(int64_t first, const float* v, float* w) {
    const int64_t from = RoundedDown(first, kWidth), size = side_ - from;
    const int64_t shares = size < kSharedFrom ? 1 : kShares;
    ForParts(shares == 1, shares, [&](int64_t share) {
      float* const sums = shares_ + share * side_;
      std::fill(sums + from, sums + side_, 0.0f);
      for (int64_t row = from + share * kWidth; row < side_; row += shares * kWidth)
        for (int64_t i = row; i < row + kWidth; i += kRowsTogether) AddTimes(i, row, v, sums);
    });
    for (int64_t at = from; at < side_; at += kWidth) {
      Vector sum = Load(shares_ + at);
      for (int64_t share = 1; share < shares; share++) sum += Load(shares_ + share * side_ + at);
      Store(w + at, sum);
    }
  }

  // The same of a few rows. @param edge of the vector that they cross the diagonal in.
  void AddTimes(int64_t row, int64_t edge, const float* v, float* sums) const {
    Vector along[kRowsTogether], below = Load(sums + edge);
    const Vector v_edge = Load(v + edge);
    for (int i = 0; i < kRowsTogether; i++) {
      const Vector all = Load(a_ + (row + i) * side_ + edge);
      const Vector right = Places() + static_cast<int32_t>(edge) > static_cast<int32_t>(row + i) ? all : Vector{};
      along[i] = right * v_edge;
      below += v[row + i] * right;
    }
    Store(sums + edge, below);
    for (int64_t at = edge + kWidth; at < side_; at += kWidth) {
      const Vector here = Load(v + at);
      below = Load(sums + at);
      for (int i = 0; i < kRowsTogether; i++) {
        const Vector numbers = Load(a_ + (row + i) * side_ + at);
        along[i] += numbers * here;
        below += v[row + i] * numbers;
      }
      Store(sums + at, below);
    }
    for (int i = 0; i < kRowsTogether; i++)
      sums[row + i] += Sum(along[i]) + a_[(row + i) * side_ + row + i] * v[row + i];
  }

  // A -= v w^T + w v^T of all reflections of a panel, in the rows behind it, from the diagonal on.
  void Update(int64_t first, int64_t end) {
    const int64_t count = end - first;
    const float* const v = a_ + first * side_;
    float *const negative_v = panel_, *const negative_w = panel_ + kPanel * side_;
    for (int64_t i = 0; i < count * side_; i++) {
      negative_v[i] = -v[i];
      negative_w[i] = -w_[i];
    }
    ForColumns(end, [&](int64_t column, int64_t vectors) {
      for (int64_t row = end; row < std::min(side_, column + vectors * kWidth); row += kTileRows) {
        const Corner corner = CornerOf(a_ + row * side_ + column, side_);
        TileOf<true>(vectors, {negative_v + row, side_}, {w_ + column, side_}, count, corner);
        TileOf<true>(vectors, {negative_w + row, side_}, {v + column, side_}, count, corner);
      }
    });
  }

  // Z = H_first .. H_end Z, as Z - V^T T V Z with an upper triangle T.
  void TurnBack(int64_t first, int64_t end) {
    const int64_t count = end - first;
    const float* const v = a_ + first * side_;
    // -T V by columns, side by side.
    float* const turned = panel_;
    NegativeProduct(first, count, turned);
    ForColumns(0, [&](int64_t column, int64_t vectors) {
      const int64_t width = vectors * kWidth, rows = side_ - first;
      float* const z = z_ + first * side_ + column;
      Scratch scratch((rows + kPanel) * width, false);
      float *const copy = scratch.Take(rows * width), *const product = scratch.Take(kPanel * width);
      for (int64_t row = 0; row < rows; row++) std::copy_n(z + row * side_, width, copy + row * width);
      for (int64_t k = 0; k < kPanel; k += kTileRows)
        TileOf(vectors, {turned + first * kPanel + k, kPanel}, {copy, width}, rows, CornerOf(product + k * width, width));
      for (int64_t row = 0; row < rows; row += kTileRows)
        TileOf<true>(vectors, {v + first + row, side_}, {product, width}, count, CornerOf(copy + row * width, width));
      for (int64_t row = 0; row < rows; row++) std::copy_n(copy + row * width, width, z + row * side_);
    });
  }

  // -T V, row i of what is written having the entries of column i.
  void NegativeProduct(int64_t first, int64_t count, float* turned) {
    const float* const v = a_ + first * side_;
    float t[kPanel][kPanel] = {};
    for (int64_t k = 0; k < count; k++) {
      const float s = scales_[first + k];
      t[k][k] = s;
      float along[kPanel];
      for (int64_t l = 0; l < k; l++) along[l] = Dot(v + l * side_, v + k * side_, first);
      for (int64_t l = 0; l < k; l++)
        for (int64_t m = l; m < k; m++) t[l][k] -= s * t[l][m] * along[m];
    }
    for (int64_t at = first; at < side_; at += kWidth)
      for (int64_t k = 0; k < kPanel; k += kWidth) {
        float rows[kWidth * kWidth];
        for (int64_t i = k; i < k + kWidth; i++) {
          Vector sum{};
          for (int64_t l = i; l < count; l++) sum -= t[i][l] * Load(v + l * side_ + at);
          Store(rows + (i - k) * kWidth, sum);
        }
        Transpose(rows, kWidth, turned + at * kPanel + k, kPanel);
      }
  }

  // Neighbouring columns from one on, of at most a tile.
  template <typename Work>
  void ForColumns(int64_t from, Work work) const {
    constexpr int64_t kColumns = kTileVectors * kWidth;
    ForParts(false, (side_ - from + kColumns - 1) / kColumns, [&](int64_t part) {
      const int64_t column = from + part * kColumns;
      work(column, std::min<int64_t>(kTileVectors, (side_ - column) / kWidth));
    });
  }

  // Of whole tiles.
  static Corner CornerOf(float* c, int64_t stride) { return {c, stride, kTileRows, kTileVectors * kWidth}; }

  int64_t n_, side_;  // side_: of whole vectors
  Scratch scratch_;
  // The matrix, whose rows become reflections; eigenvectors of the tridiagonal one; w of a panel; what else a panel needs.
  float *a_, *z_, *w_, *panel_, *shares_;
  std::vector<float> scales_;
};

}  // namespace metamd
