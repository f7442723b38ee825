// C = A B, in tiles that stay in registers. The sum of every entry of C is taken in the order of the inner side, rounded once
// a term, whatever the tiles and however many threads there are.
#pragma once
#include "team.h"
#include "vectors.h"

namespace metamd {

// A matrix as it is in memory: row-major, or turned: by columns.
struct Matrix {
  const float* floats;
  int64_t rows, columns;
  bool turned;

  Matrix Turned() const { return {floats, columns, rows, !turned}; }
};

constexpr int kTileRows = kWidth / 2, kTileVectors = 3;

// Some neighbouring columns of a matrix, side by side, row by row.
struct Panel {
  const float* floats;
  int64_t stride;
};

// Copies columns, with zeros up to so many.
inline void Gather(const Matrix& matrix, int64_t first, int64_t columns, int64_t width, float* to) {
  const int64_t rows = matrix.rows;
  if (!matrix.turned) {
    for (int64_t k = 0; k < rows; k++) {
      const float* const from = matrix.floats + k * matrix.columns + first;
      std::fill(std::copy_n(from, columns, to + k * width), to + (k + 1) * width, 0.0f);
    }
    return;
  }
  const float* const from = matrix.floats + first * rows;
  const int64_t whole_rows = rows / kWidth * kWidth, whole_columns = columns / kWidth * kWidth;
  for (int64_t j = 0; j < whole_columns; j += kWidth)
    for (int64_t k = 0; k < whole_rows; k += kWidth) Transpose(from + j * rows + k, rows, to + k * width + j, width);
  for (int64_t k = 0; k < rows; k++)
    for (int64_t j = k < whole_rows ? whole_columns : 0; j < width; j++)
      to[k * width + j] = j < columns ? from[j * rows + k] : 0.0f;
}

// Of a panel's rows that lie further apart, in panels, few stay in the nearest cache: its places for them are the same.
constexpr int64_t kNear = 4;

// Columns as they are, if they are side by side, their rows near each other, and a tile has as many, or copied.
inline Panel PanelOf(const Matrix& matrix, int64_t first, int64_t columns, int64_t width, float* copy) {
  const bool is_near = !matrix.turned && matrix.columns <= kNear * width;
  if (is_near && columns == width) return {matrix.floats + first, matrix.columns};
  Gather(matrix, first, columns, width, copy);
  return {copy, width};
}

// Entries of C: the first rows and columns of a tile.
struct Corner {
  float* c;
  int64_t stride, rows, columns;
};

// @tparam adds to what is in C, of which the tile is whole then.
template <int vectors, bool adds = false>
inline void Tile(const Panel& a, const Panel& b, int64_t depth, const Corner& corner) {
  Vector sums[kTileRows][vectors] = {};
  if (adds)
    for (int i = 0; i < kTileRows; i++)
      for (int j = 0; j < vectors; j++) sums[i][j] = Load(corner.c + i * corner.stride + j * kWidth);
  for (int64_t k = 0; k < depth; k++) {
    Vector row[vectors];
    for (int j = 0; j < vectors; j++) row[j] = Load(b.floats + k * b.stride + j * kWidth);
    for (int i = 0; i < kTileRows; i++)
      for (int j = 0; j < vectors; j++) sums[i][j] += a.floats[k * a.stride + i] * row[j];
  }
  // The sums of a whole tile stay in registers.
  if (corner.rows >= kTileRows && corner.columns >= vectors * kWidth) {
    for (int i = 0; i < kTileRows; i++)
      for (int j = 0; j < vectors; j++) Store(corner.c + i * corner.stride + j * kWidth, sums[i][j]);
    return;
  }
  for (int i = 0; i < kTileRows && i < corner.rows; i++) {
    const int64_t size = std::min<int64_t>(corner.columns, vectors * kWidth);
    std::memcpy(corner.c + i * corner.stride, sums[i], size * sizeof(float));
  }
}

// @param vectors 1 to 3.
template <bool adds = false>
inline void TileOf(int64_t vectors, const Panel& a, const Panel& b, int64_t depth, const Corner& corner) {
  if (vectors == 3)
    Tile<3, adds>(a, b, depth, corner);
  else if (vectors == 2)
    Tile<2, adds>(a, b, depth, corner);
  else
    Tile<1, adds>(a, b, depth, corner);
}

// Products of fewer multiplications are not worth a second thread.
constexpr int64_t kAlone = 1 << 20;

// @param alone whether the caller's thread does all.
inline void MatMul(const Matrix& a, const Matrix& b, float* c, bool alone = false) {
  const int64_t rows = a.rows, columns = b.columns, depth = a.columns;
  const int size = alone || rows * columns * depth < kAlone ? 1 : Team::Get().Size();

  // Rows of A in groups of a vector's width: as columns of A turned.
  const Matrix a_turned = a.Turned();
  const int64_t groups = (rows + kWidth - 1) / kWidth;
  const bool is_copied = a_turned.turned || rows % kWidth != 0;
  Scratch copies(is_copied ? groups * kWidth * depth : 0, false);
  float* const copied = copies.Take(is_copied ? groups * kWidth * depth : 0);
  if (is_copied)
    ForParts(size == 1, groups, [&](int64_t group) {
      const int64_t first = group * kWidth;
      Gather(a_turned, first, std::min<int64_t>(kWidth, rows - first), kWidth, copied + first * depth);
    });
  const auto strip = [&](int64_t first) {
    if (!is_copied) return Panel{a.floats + first, rows};
    return Panel{copied + first / kWidth * kWidth * depth + first % kWidth, kWidth};
  };

  // Columns of B in panels of at most three vectors, as many for each thread.
  const int64_t vectors = (columns + kWidth - 1) / kWidth;
  const int64_t panels = std::min(vectors, RoundedUp((vectors + kTileVectors - 1) / kTileVectors, size));
  ForParts(size == 1, panels, [&](int64_t number) {
    const int64_t from = vectors * number / panels, to = vectors * (number + 1) / panels;
    const int64_t first = from * kWidth, width = (to - from) * kWidth;
    const int64_t here = std::min(width, columns - first);
    Scratch copy(width * depth, false);
    const Panel panel = PanelOf(b, first, here, width, copy.Take(width * depth));
    for (int64_t row = 0; row < rows; row += kTileRows) {
      TileOf(to - from, strip(row), panel, depth, Corner{c + row * columns + first, columns, rows - row, here});
    }
  });
}

}  // namespace metamd
