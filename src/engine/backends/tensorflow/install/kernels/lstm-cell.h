// One step of an LSTM on n coordinates, and its gradient. Coordinates are columns, features rows; all is row-major.
//   [i; j; f; o] = weights^T [input; h; 1],   c' = sigmoid(f) c + sigmoid(i) tanh(j),   h' = sigmoid(o) tanh(c').
// Blocks of 128 coordinates pass one after another, so that what is made on the way stays in the nearest cache; the
// gradient computes the gates again.
#pragma once
#include <initializer_list>

#include "vectors.h"

namespace metamd {

// Rows of each array; all have `coordinates` columns but the weights, [inputs + hidden + 1, 4 hidden], the last row bias.
struct LstmSizes {
  int64_t inputs, hidden, coordinates;
  int64_t Rows() const { return inputs + hidden; }
  int64_t Columns() const { return 4 * hidden; }
};

struct LstmStep {
  const float *weights, *input, *h, *c;
};

constexpr int64_t kBlock = 128;
// Tiles that fill the registers: gates of one unit on kSpan vectors; kTall rows of weights by kSpan or kBroad vectors.
constexpr int kSpan = kWidth == 8 ? 2 : 4;
constexpr int kTall = 4;
constexpr int kBroad = kWidth == 16 ? 5 : 2;

// Which coordinates a block has. Where they do not fill it, the last one is repeated.
struct Block {
  int64_t start, size, coordinates;

  void Read(const float* from, int64_t rows, float* to) const {
    for (int64_t r = 0; r < rows; r++, to += kBlock) {
      std::memcpy(to, from + r * coordinates + start, size * sizeof(float));
      std::fill(to + size, to + kBlock, to[size - 1]);
    }
  }
  // As Read, with zeros for coordinates that are not there: as cotangents they add nothing.
  void ReadCotangents(const float* from, int64_t rows, float* to) const {
    Read(from, rows, to);
    for (int64_t r = 0; r < rows; r++) std::fill(to + r * kBlock + size, to + (r + 1) * kBlock, 0.0f);
  }
  // Asks for a row of the next block of each array, so that it is near when its turn comes: without, half the time of a
  // step is spent waiting for memory.
  void Expect(int64_t row, std::initializer_list<const float*> arrays) const {
    if (start + kBlock >= coordinates) return;
    for (const float* array : arrays) {
      const float* next = array + row * coordinates + start + kBlock;
      for (int64_t at = 0; at < kBlock; at += kLine) __builtin_prefetch(next + at);
    }
  }
  void Write(const float* from, int64_t rows, float* to) const {
    for (int64_t r = 0; r < rows; r++)
      std::memcpy(to + r * coordinates + start, from + r * kBlock, size * sizeof(float));
  }
};

template <typename Work>
void ForEachBlock(int64_t coordinates, Work work) {
  for (int64_t start = 0; start < coordinates; start += kBlock)
    work(Block{start, std::min(kBlock, coordinates - start), coordinates});
}

struct Gates {
  Vector i[kSpan], j[kSpan], f[kSpan], o[kSpan];
};

// Gates of one unit on the columns x .. x + kSpan * kWidth of [input; h].
inline Gates GatesOf(const float* weights, int64_t unit, const LstmSizes& sizes, const float* x) {
  const int64_t hidden = sizes.hidden;
  const float* bias = weights + sizes.Rows() * sizes.Columns() + unit;
  Gates z;
  for (int v = 0; v < kSpan; v++) {
    z.i[v] = Broadcast(bias[0]);
    z.j[v] = Broadcast(bias[hidden]);
    z.f[v] = Broadcast(bias[2 * hidden]);
    z.o[v] = Broadcast(bias[3 * hidden]);
  }
  for (int64_t row = 0; row < sizes.Rows(); row++) {
    const float* w = weights + row * sizes.Columns() + unit;
    for (int v = 0; v < kSpan; v++) {
      const Vector feature = Load(x + row * kBlock + v * kWidth);
      z.i[v] += w[0] * feature;
      z.j[v] += w[hidden] * feature;
      z.f[v] += w[2 * hidden] * feature;
      z.o[v] += w[3 * hidden] * feature;
    }
  }
  for (int v = 0; v < kSpan; v++) {
    z.i[v] = Sigmoid(z.i[v]);
    z.j[v] = Tanh(z.j[v]);
    z.f[v] = Sigmoid(z.f[v]);
    z.o[v] = Sigmoid(z.o[v]);
  }
  return z;
}

// Unit by unit: calls before(unit), then work(gates, v, place) for every vector v of the unit's gates, which lies at
// `place` in an array [hidden, kBlock].
template <typename Before, typename Work>
inline void ForEachGates(const float* weights, const LstmSizes& sizes, const float* x, Before before, Work work) {
  for (int64_t unit = 0; unit < sizes.hidden; unit++) {
    before(unit);
    for (int64_t column = 0; column < kBlock; column += kSpan * kWidth) {
      const Gates gates = GatesOf(weights, unit, sizes, x + column);
      for (int v = 0; v < kSpan; v++) work(gates, v, unit * kBlock + column + v * kWidth);
    }
  }
}

inline void LstmForward(const LstmStep& step, const LstmSizes& sizes, float* next_h, float* next_c) {
  const int64_t hidden = sizes.hidden;
  Scratch scratch((sizes.Rows() + 3 * hidden) * kBlock);
  float* x = scratch.Take(sizes.Rows() * kBlock);
  float* c = scratch.Take(hidden * kBlock);
  float* after_h = scratch.Take(hidden * kBlock);
  float* after_c = scratch.Take(hidden * kBlock);
  ForEachBlock(sizes.coordinates, [&](const Block& block) {
    block.Read(step.input, sizes.inputs, x);
    block.Read(step.h, hidden, x + sizes.inputs * kBlock);
    block.Read(step.c, hidden, c);
    const auto expect = [&](int64_t unit) {
      block.Expect(unit, {step.h, step.c, next_h, next_c});
      if (unit < sizes.inputs) block.Expect(unit, {step.input});
    };
    ForEachGates(step.weights, sizes, x, expect, [&](const Gates& z, int v, int64_t at) {
      const Vector after = z.f[v] * Load(c + at) + z.i[v] * z.j[v];
      Store(after_c + at, after);
      Store(after_h + at, z.o[v] * Tanh(after));
    });
    block.Write(after_h, hidden, next_h);
    block.Write(after_c, hidden, next_c);
  });
}

// d_x = weights d_z on a block, without the bias. d_x has rows up to a multiple of kTall.
inline void InputCotangents(const float* weights, const LstmSizes& sizes, const float* d_z, float* d_x) {
  for (int64_t row = 0; row < sizes.Rows(); row += kTall)
    for (int64_t column = 0; column < kBlock; column += kSpan * kWidth) {
      const float* w[kTall];
      for (int r = 0; r < kTall; r++) w[r] = weights + std::min(row + r, sizes.Rows()) * sizes.Columns();
      Vector sums[kTall][kSpan] = {};
      for (int64_t gate = 0; gate < sizes.Columns(); gate++)
        for (int v = 0; v < kSpan; v++) {
          const Vector d = Load(d_z + gate * kBlock + column + v * kWidth);
          for (int r = 0; r < kTall; r++) sums[r][v] += w[r][gate] * d;
        }
      for (int r = 0; r < kTall; r++)
        for (int v = 0; v < kSpan; v++) Store(d_x + (row + r) * kBlock + column + v * kWidth, sums[r][v]);
    }
}

// sums += x d_z^T over a block. @param by_coordinate d_z^T [kBlock, columns].
// rows is a multiple of kTall, columns of kBroad * kWidth.
inline void AddWeightCotangents(const float* x, int64_t rows, const float* by_coordinate, int64_t columns,
                                float* sums) {
  for (int64_t row = 0; row < rows; row += kTall)
    for (int64_t column = 0; column < columns; column += kBroad * kWidth) {
      Vector tile[kTall][kBroad] = {};
      for (int64_t at = 0; at < kBlock; at++)
        for (int v = 0; v < kBroad; v++) {
          const Vector d = Load(by_coordinate + at * columns + column + v * kWidth);
          for (int r = 0; r < kTall; r++) tile[r][v] += x[(row + r) * kBlock + at] * d;
        }
      for (int r = 0; r < kTall; r++)
        for (int v = 0; v < kBroad; v++) {
          float* sum = sums + (row + r) * columns + column + v * kWidth;
          Store(sum, Load(sum) + tile[r][v]);
        }
    }
}

struct LstmCotangents {
  float *weights, *input, *h, *c;
};

// @param d_h, d_c cotangents of h' and c'.
inline void LstmBackward(const LstmStep& step, const float* d_h, const float* d_c, const LstmSizes& sizes,
                         const LstmCotangents& result) {
  const int64_t hidden = sizes.hidden, gates = sizes.Columns();
  const int64_t rows = RoundedUp(sizes.Rows() + 1, kTall), columns = RoundedUp(gates, kBroad * kWidth);
  Scratch scratch((2 * rows + 4 * hidden + 2 * columns) * kBlock + rows * columns);
  float* x = scratch.Take(rows * kBlock);
  float* c = scratch.Take(hidden * kBlock);
  float* after_h = scratch.Take(hidden * kBlock);
  float* after_c = scratch.Take(hidden * kBlock);
  float* before_c = scratch.Take(hidden * kBlock);
  float* d_z = scratch.Take(columns * kBlock);
  float* by_coordinate = scratch.Take(columns * kBlock);
  float* d_x = scratch.Take(rows * kBlock);
  float* sums = scratch.Take(rows * columns);
  std::fill_n(x + sizes.Rows() * kBlock, kBlock, 1.0f);
  ForEachBlock(sizes.coordinates, [&](const Block& block) {
    block.Read(step.input, sizes.inputs, x);
    block.Read(step.h, hidden, x + sizes.inputs * kBlock);
    block.Read(step.c, hidden, c);
    block.ReadCotangents(d_h, hidden, after_h);
    block.ReadCotangents(d_c, hidden, after_c);
    const auto expect = [&](int64_t unit) {
      block.Expect(unit, {step.h, step.c, d_h, d_c, result.h, result.c});
      if (unit < sizes.inputs) block.Expect(unit, {step.input, result.input});
    };
    ForEachGates(step.weights, sizes, x, expect, [&](const Gates& z, int v, int64_t at) {
      const Vector i = z.i[v], j = z.j[v], f = z.f[v], o = z.o[v], before = Load(c + at), of_h = Load(after_h + at);
      const Vector squashed = Tanh(f * before + i * j);
      const Vector of_c = Load(after_c + at) + of_h * o * (1.0f - squashed * squashed);
      Store(before_c + at, of_c * f);
      Store(d_z + at, of_c * j * i * (1.0f - i));
      Store(d_z + at + hidden * kBlock, of_c * i * (1.0f - j * j));
      Store(d_z + at + 2 * hidden * kBlock, of_c * before * f * (1.0f - f));
      Store(d_z + at + 3 * hidden * kBlock, of_h * squashed * o * (1.0f - o));
    });
    for (int64_t gate = 0; gate < columns; gate += kWidth)
      for (int64_t at = 0; at < kBlock; at += kWidth)
        Transpose(d_z + gate * kBlock + at, kBlock, by_coordinate + at * columns + gate, columns);
    AddWeightCotangents(x, rows, by_coordinate, columns, sums);
    InputCotangents(step.weights, sizes, d_z, d_x);
    block.Write(d_x, sizes.inputs, result.input);
    block.Write(d_x + sizes.inputs * kBlock, hidden, result.h);
    block.Write(before_c, hidden, result.c);
  });
  for (int64_t row = 0; row <= sizes.Rows(); row++)
    std::memcpy(result.weights + row * gates, sums + row * columns, gates * sizeof(float));
}

}  // namespace metamd
