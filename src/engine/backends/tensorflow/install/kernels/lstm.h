// Two layers of LSTM on n coordinates through K steps, and the gradient. Coordinates are columns, features rows; all is
// row-major. With x the input for the first layer and h_1' for the second,
//   [i; j; f; o] = W^T [x; h; 1],   c' = sigmoid(f) c + sigmoid(i) tanh(j),   h' = sigmoid(o) tanh(c'),
// and the network's result is u = w^T [h_2'; 1].
// A block of coordinates passes through all steps before the next one does, so that what is made on the way stays in a near
// cache. For a gradient all of it is kept: 35 kB a step.
#pragma once
#include <memory>
#include <vector>

#include "team.h"
#include "vectors.h"

namespace metamd {

constexpr int kLayers = 2;

struct LstmSizes {
  int64_t steps, inputs, hidden, coordinates;
  int64_t Inputs(int layer) const { return layer == 0 ? inputs : hidden; }
  int64_t Rows(int layer) const { return Inputs(layer) + hidden; }  // without the bias
  int64_t Columns() const { return 4 * hidden; }
};

// weights [Rows + 1, 4 hidden] with the bias last, output [hidden + 1, 1], input [steps, inputs, n], h and c [hidden, n].
template <typename Float>
struct LstmArrays {
  Float *weights[kLayers], *output, *input, *h[kLayers], *c[kLayers];
};

// u [steps, n], and h and c after the last step.
template <typename Float>
struct LstmResults {
  Float *u, *h[kLayers], *c[kLayers];
};

// Coordinates of a block. Memory is best read in long rows; but what a gradient keeps of a block is to fit the second cache.
constexpr int64_t kForwardBlock = 64, kBackwardBlock = 32;
// Coordinates that one of several threads takes at a time. A gradient's are the same for one thread, so that sums do not
// depend on the number.
constexpr int64_t kForwardPart = 1024, kBackwardPart = 512;
// Tiles that fill the registers: kHigh gates, or kTall rows of weights, by kSpan vectors of coordinates; kTall rows of
// weights by kBroad vectors of gates.
constexpr int kSpan = 2;
constexpr int kHigh = kWidth == 16 ? 8 : 4;
constexpr int kTall = 4;
constexpr int kBroad = kWidth == 16 ? 5 : 2;

// Which coordinates a block has. Where they do not fill it, the last one is repeated.
template <int64_t kBlock>
struct Block {
  int64_t start, size, coordinates;

  void Read(const float* from, int64_t rows, float* to) const {
    from += start;
    for (int64_t r = 0; r < rows; r++, from += coordinates, to += kBlock) {
      if (size == kBlock) {
        std::memcpy(to, from, kBlock * sizeof(float));
      } else {
        std::memcpy(to, from, size * sizeof(float));
        std::fill(to + size, to + kBlock, to[size - 1]);
      }
    }
  }
  // As Read, with zeros for coordinates that are not there: as cotangents they add nothing.
  void ReadCotangents(const float* from, int64_t rows, float* to) const {
    Read(from, rows, to);
    for (int64_t r = 0; r < rows; r++) std::fill(to + r * kBlock + size, to + (r + 1) * kBlock, 0.0f);
  }
  // Asks the second cache for a row of the next block, so that it is near when its turn comes: without, half the time of a
  // step is spent waiting for memory.
  void Expect(const float* array, int64_t row) const {
    if (start + kBlock >= coordinates) return;
    const float* next = array + row * coordinates + start + kBlock;
    for (int64_t at = 0; at < kBlock; at += kLine) __builtin_prefetch(next + at, 0, 2);
  }
  void Write(const float* from, int64_t rows, float* to) const {
    for (int64_t r = 0; r < rows; r++)
      std::memcpy(to + r * coordinates + start, from + r * kBlock, size * sizeof(float));
  }
  // As Write, of one row that is not read again soon.
  void Stream(const float* from, int64_t row, float* to) const {
    StreamRow(from + row * kBlock, to + row * coordinates + start, size);
  }
};

// The blocks of a part of the coordinates.
template <int64_t kBlock, typename Work>
void ForEachBlock(int64_t part, int64_t side, int64_t coordinates, Work work) {
  const int64_t end = std::min((part + 1) * side, coordinates);
  for (int64_t start = part * side; start < end; start += kBlock)
    work(Block<kBlock>{start, std::min(kBlock, end - start), coordinates});
}

// As tiles need them: with zeros.
inline int64_t PaddedRows(const LstmSizes& sizes, int layer) { return RoundedUp(sizes.Rows(layer) + 1, kTall); }
inline int64_t PaddedColumns(const LstmSizes& sizes) { return RoundedUp(sizes.Columns(), kBroad * kWidth); }

// What the steps of a layer leave of a block: of every step the rows [x; h; 1] that it takes, with zeros below, and c
// before it; for a gradient also its gates, with zeros below.
template <int64_t kBlock, bool kKeep>
class Tape {
 public:
  const int64_t rows, columns;

  Tape(const LstmSizes& sizes, int layer)
      : rows(PaddedRows(sizes, layer)),
        columns(PaddedColumns(sizes)),
        inputs_(sizes.Inputs(layer)),
        hidden_(sizes.hidden),
        scratch_(((sizes.steps + 1) * (rows + hidden_) + (kKeep ? sizes.steps : 1) * columns) * kBlock, false) {
    x_ = scratch_.Take((sizes.steps + 1) * rows * kBlock);
    c_ = scratch_.Take((sizes.steps + 1) * hidden_ * kBlock);
    gates_ = scratch_.Take((kKeep ? sizes.steps : 1) * columns * kBlock);
    for (int64_t step = 0; step < sizes.steps; step++) {
      float* bias = X(step) + sizes.Rows(layer) * kBlock;
      std::fill_n(bias, kBlock, 1.0f);
      std::fill(bias + kBlock, X(step + 1), 0.0f);
      float* gates = Gates(step);
      std::fill(gates + sizes.Columns() * kBlock, gates + columns * kBlock, 0.0f);
    }
  }
  float* X(int64_t step) { return x_ + step * rows * kBlock; }
  float* H(int64_t step) { return X(step) + inputs_ * kBlock; }
  float* C(int64_t step) { return c_ + step * hidden_ * kBlock; }
  float* Gates(int64_t step) { return gates_ + (kKeep ? step : 0) * columns * kBlock; }

 private:
  int64_t inputs_, hidden_;
  Scratch scratch_;
  float *x_, *c_, *gates_;
};

// A layer's weights in the order in which gates need them: [4 hidden / kHigh, rows + 1, kHigh], with zeros.
class PackedWeights {
 public:
  PackedWeights(const float* weights, const LstmSizes& sizes, int layer)
      : rows_(sizes.Rows(layer)), scratch_(RoundedUp(sizes.Columns(), kHigh) * (rows_ + 1)) {
    packed_ = scratch_.Take(RoundedUp(sizes.Columns(), kHigh) * (rows_ + 1));
    for (int64_t row = 0; row <= rows_; row++)
      for (int64_t gate = 0; gate < sizes.Columns(); gate++)
        packed_[(gate / kHigh * (rows_ + 1) + row) * kHigh + gate % kHigh] = weights[row * sizes.Columns() + gate];
  }
  // kHigh gates from the first on, before they are squashed, of x [rows, kBlock].
  template <int64_t kBlock>
  void Gates(int64_t first, const float* x, float* gates) const {
    for (int64_t column = 0; column < kBlock; column += kSpan * kWidth) {
      const float* w = packed_ + first * (rows_ + 1);
      Vector z[kHigh][kSpan];
      for (int r = 0; r < kHigh; r++)
        for (int v = 0; v < kSpan; v++) z[r][v] = Broadcast(w[rows_ * kHigh + r]);
      for (int64_t row = 0; row < rows_; row++, w += kHigh)
        for (int v = 0; v < kSpan; v++) {
          const Vector feature = Load(x + row * kBlock + column + v * kWidth);
          for (int r = 0; r < kHigh; r++) z[r][v] += w[r] * feature;
        }
      for (int r = 0; r < kHigh; r++)
        for (int v = 0; v < kSpan; v++) Store(gates + (first + r) * kBlock + column + v * kWidth, z[r][v]);
    }
  }

 private:
  int64_t rows_;
  Scratch scratch_;
  float* packed_;
};

// The network on a block of coordinates at a time.
template <int64_t kBlock, bool kKeep>
class Network {
 public:
  Tape<kBlock, kKeep> tapes[kLayers];

  Network(const LstmArrays<const float>& given, const LstmSizes& sizes)
      : tapes{{sizes, 0}, {sizes, 1}},
        given_(given),
        sizes_(sizes),
        weights_{{given.weights[0], sizes, 0}, {given.weights[1], sizes, 1}} {}

  // Takes all steps. @param before(layer, unit) is called before the last step of a unit replaces what it left of the block
  // before.
  template <typename Before>
  void Forward(const Block<kBlock>& block, Before before) {
    for (int layer = 0; layer < kLayers; layer++) {
      block.Read(given_.h[layer], sizes_.hidden, tapes[layer].H(0));
      block.Read(given_.c[layer], sizes_.hidden, tapes[layer].C(0));
    }
    for (int64_t step = 0; step < sizes_.steps; step++) {
      const float* input = given_.input + step * sizes_.inputs * sizes_.coordinates;
      block.Read(input, sizes_.inputs, tapes[0].X(step));
      for (int layer = 0; layer < kLayers; layer++)
        Advance(layer, step, [&](int64_t unit) {
          if (step == sizes_.steps - 1) before(layer, unit);
        });
    }
  }
  // u of a step, [kBlock].
  void Result(int64_t step, float* u) {
    const float* h = tapes[1].H(step + 1);
    for (int64_t column = 0; column < kBlock; column += kWidth) {
      Vector sum = Broadcast(given_.output[sizes_.hidden]);
      for (int64_t unit = 0; unit < sizes_.hidden; unit++)
        sum += given_.output[unit] * Load(h + unit * kBlock + column);
      Store(u + column, sum);
    }
  }

 private:
  template <typename Before>
  void Advance(int layer, int64_t step, Before before) {
    auto& tape = tapes[layer];
    float* z = tape.Gates(step);
    const int64_t columns = sizes_.Columns();
    for (int64_t first = 0, unit = 0; first < columns; first += kHigh) {
      for (; 4 * unit < first + kHigh && unit < sizes_.hidden; unit++) before(unit);
      weights_[layer].template Gates<kBlock>(first, tape.X(step), z);
    }
    const float* c = tape.C(step);
    float *next_h = tape.H(step + 1), *next_c = tape.C(step + 1), *above = tapes[1].X(step);
    const int64_t size = sizes_.hidden * kBlock;
    for (int64_t at = 0; at < size; at += kWidth) {
      float* gate = z + at;
      const Vector i = Sigmoid(Load(gate)), j = Tanh(Load(gate + size));
      const Vector f = Sigmoid(Load(gate + 2 * size)), o = Sigmoid(Load(gate + 3 * size));
      const Vector after = f * Load(c + at) + i * j;
      const Vector h = o * Tanh(after);
      Store(next_c + at, after);
      Store(next_h + at, h);
      if (layer == 0) Store(above + at, h);
      if (!kKeep) continue;
      Store(gate, i);
      Store(gate + size, j);
      Store(gate + 2 * size, f);
      Store(gate + 3 * size, o);
    }
  }

  const LstmArrays<const float>& given_;
  const LstmSizes& sizes_;
  PackedWeights weights_[kLayers];
};

inline int64_t PartsOf(int64_t coordinates, int64_t side) { return RoundedUp(coordinates, side) / side; }

// While a block is computed, rows of the one before go to memory, and rows of the next come: all at once would wait for it.
inline void LstmForward(const LstmArrays<const float>& given, const LstmSizes& sizes,
                        const LstmResults<float>& results) {
  const int64_t side = Team::Get().Size() == 1 ? std::max(sizes.coordinates, kForwardPart) : kForwardPart;
  Team::Get().Run(PartsOf(sizes.coordinates, side), [&](int64_t part) {
    Network<kForwardBlock, false> network(given, sizes);
    Block<kForwardBlock> written{0, 0, sizes.coordinates};
    const auto write = [&](int layer, int64_t unit) {
      written.Stream(network.tapes[layer].H(sizes.steps), unit, results.h[layer]);
      written.Stream(network.tapes[layer].C(sizes.steps), unit, results.c[layer]);
    };
    float u[kForwardBlock];
    ForEachBlock<kForwardBlock>(part, side, sizes.coordinates, [&](const Block<kForwardBlock>& block) {
      network.Forward(block, [&](int layer, int64_t unit) {
        write(layer, unit);
        block.Expect(given.h[layer], unit);
        block.Expect(given.c[layer], unit);
        if (layer == 0 && unit < sizes.inputs) block.Expect(given.input, unit);
      });
      for (int64_t step = 0; step < sizes.steps; step++) {
        network.Result(step, u);
        block.Write(u, 1, results.u + step * sizes.coordinates);
      }
      written = block;
    });
    for (int layer = 0; layer < kLayers; layer++)
      for (int64_t unit = 0; unit < sizes.hidden; unit++) write(layer, unit);
    EndStream();
  });
}

// d_x = weights d_z on a block, without the bias. d_x has rows up to a multiple of kTall.
template <int64_t kBlock>
inline void InputCotangents(const float* weights, int64_t rows, int64_t columns, const float* d_z, float* d_x) {
  for (int64_t row = 0; row < rows; row += kTall)
    for (int64_t column = 0; column < kBlock; column += kSpan * kWidth) {
      const float* w[kTall];
      for (int r = 0; r < kTall; r++) w[r] = weights + std::min(row + r, rows) * columns;
      Vector sums[kTall][kSpan] = {};
      for (int64_t gate = 0; gate < columns; gate++)
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
template <int64_t kBlock>
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

// Sums over coordinates: weights [rows, columns] as a tape has them, and w by lanes of a vector, [hidden + 1, kWidth].
class WeightSums {
 public:
  explicit WeightSums(const LstmSizes& sizes)
      : sizes_(sizes), scratch_(Rows(0) * Columns() + Rows(1) * Columns() + (sizes.hidden + 1) * kWidth) {
    for (int layer = 0; layer < kLayers; layer++) weights[layer] = scratch_.Take(Rows(layer) * Columns());
    output = scratch_.Take((sizes.hidden + 1) * kWidth);
  }
  float *weights[kLayers], *output;

  void AddTo(const LstmArrays<float>& result) const {
    for (int layer = 0; layer < kLayers; layer++)
      for (int64_t row = 0; row <= sizes_.Rows(layer); row++)
        for (int64_t column = 0; column < sizes_.Columns(); column++)
          result.weights[layer][row * sizes_.Columns() + column] += weights[layer][row * Columns() + column];
    for (int64_t unit = 0; unit <= sizes_.hidden; unit++)
      for (int at = 0; at < kWidth; at++) result.output[unit] += output[unit * kWidth + at];
  }

 private:
  int64_t Rows(int layer) const { return PaddedRows(sizes_, layer); }
  int64_t Columns() const { return PaddedColumns(sizes_); }

  LstmSizes sizes_;
  Scratch scratch_;
};

// Back through the network, a block of coordinates at a time; what its weights get is added to sums.
class Reverse {
 public:
  Reverse(const LstmArrays<const float>& given, const LstmResults<const float>& cotangents, const LstmSizes& sizes,
          const LstmArrays<float>& result, WeightSums& sums)
      : given_(given),
        cotangents_(cotangents),
        sizes_(sizes),
        result_(result),
        sums_(sums),
        network_(given, sizes),
        scratch_((4 * sizes.hidden + PaddedRows(sizes, 0) + PaddedRows(sizes, 1) + PaddedColumns(sizes) + 1) * kBlock) {
    for (int layer = 0; layer < kLayers; layer++) {
      d_h_[layer] = scratch_.Take(sizes.hidden * kBlock);
      d_c_[layer] = scratch_.Take(sizes.hidden * kBlock);
      d_x_[layer] = scratch_.Take(PaddedRows(sizes, layer) * kBlock);
    }
    by_coordinate_ = scratch_.Take(PaddedColumns(sizes) * kBlock);
    d_u_ = scratch_.Take(kBlock);
  }

  void Pass(const Block<kBackwardBlock>& block) {
    const int64_t hidden = sizes_.hidden, n = sizes_.coordinates;
    network_.Forward(block, [](int, int64_t) {});
    for (int layer = 0; layer < kLayers; layer++) {
      block.ReadCotangents(cotangents_.h[layer], hidden, d_h_[layer]);
      block.ReadCotangents(cotangents_.c[layer], hidden, d_c_[layer]);
    }
    for (int64_t step = sizes_.steps - 1; step >= 0; step--) {
      block.ReadCotangents(cotangents_.u + step * n, 1, d_u_);
      PassOutput(step);
      PassLayer(1, step);
      for (int64_t at = 0; at < hidden * kBlock; at += kWidth)
        Store(d_h_[0] + at, Load(d_h_[0] + at) + Load(d_x_[1] + at));
      PassLayer(0, step);
      block.Write(d_x_[0], sizes_.inputs, result_.input + step * sizes_.inputs * n);
    }
    for (int layer = 0; layer < kLayers; layer++) {
      block.Write(d_h_[layer], hidden, result_.h[layer]);
      block.Write(d_c_[layer], hidden, result_.c[layer]);
    }
  }

 private:
  static constexpr int64_t kBlock = kBackwardBlock;

  // From u of a step to w and h_2'.
  void PassOutput(int64_t step) {
    const float* h = network_.tapes[1].H(step + 1);
    for (int64_t at = 0; at < kBlock; at += kWidth) {
      const Vector d = Load(d_u_ + at);
      const auto add = [](float* to, Vector x) { Store(to, Load(to) + x); };
      for (int64_t unit = 0; unit < sizes_.hidden; unit++) {
        const int64_t place = unit * kBlock + at;
        add(sums_.output + unit * kWidth, d * Load(h + place));
        add(d_h_[1] + place, given_.output[unit] * d);
      }
      add(sums_.output + sizes_.hidden * kWidth, d);
    }
  }
  // From h' and c' of a step of a layer to h, c, x and weights. What gates get takes their place.
  void PassLayer(int layer, int64_t step) {
    auto& tape = network_.tapes[layer];
    const int64_t rows = sizes_.hidden * kBlock;
    for (int64_t at = 0; at < rows; at += kWidth) {
      float* z = tape.Gates(step) + at;
      const Vector i = Load(z), j = Load(z + rows), f = Load(z + 2 * rows), o = Load(z + 3 * rows);
      const Vector before = Load(tape.C(step) + at), squashed = Tanh(Load(tape.C(step + 1) + at));
      const Vector of_squashed = Load(d_h_[layer] + at) * o;
      const Vector of_c = Load(d_c_[layer] + at) + of_squashed * (1.0f - squashed * squashed);
      Store(d_c_[layer] + at, of_c * f);
      Store(z, of_c * i * j * (1.0f - i));
      Store(z + rows, of_c * i * (1.0f - j * j));
      Store(z + 2 * rows, of_c * f * before * (1.0f - f));
      Store(z + 3 * rows, of_squashed * squashed * (1.0f - o));
    }
    const float* d_z = tape.Gates(step);
    for (int64_t gate = 0; gate < tape.columns; gate += kWidth)
      for (int64_t at = 0; at < kBlock; at += kWidth)
        Transpose(d_z + gate * kBlock + at, kBlock, by_coordinate_ + at * tape.columns + gate, tape.columns);
    AddWeightCotangents<kBlock>(tape.X(step), tape.rows, by_coordinate_, tape.columns, sums_.weights[layer]);
    InputCotangents<kBlock>(given_.weights[layer], sizes_.Rows(layer), sizes_.Columns(), d_z, d_x_[layer]);
    std::memcpy(d_h_[layer], d_x_[layer] + sizes_.Inputs(layer) * kBlock, rows * sizeof(float));
  }

  const LstmArrays<const float>& given_;
  const LstmResults<const float>& cotangents_;
  const LstmSizes& sizes_;
  const LstmArrays<float>& result_;
  WeightSums& sums_;
  Network<kBlock, true> network_;
  Scratch scratch_;
  float *d_h_[kLayers], *d_c_[kLayers], *d_x_[kLayers], *by_coordinate_, *d_u_;
};

// @param result, the cotangents of what was given.
inline void LstmBackward(const LstmArrays<const float>& given, const LstmResults<const float>& cotangents,
                         const LstmSizes& sizes, const LstmArrays<float>& result) {
  std::vector<std::unique_ptr<WeightSums>> sums(PartsOf(sizes.coordinates, kBackwardPart));
  Team::Get().Run(sums.size(), [&](int64_t part) {
    sums[part] = std::make_unique<WeightSums>(sizes);
    Reverse reverse(given, cotangents, sizes, result, *sums[part]);
    ForEachBlock<kBackwardBlock>(part, kBackwardPart, sizes.coordinates,
                                 [&](const Block<kBackwardBlock>& block) { reverse.Pass(block); });
  });
  for (int layer = 0; layer < kLayers; layer++)
    std::fill_n(result.weights[layer], (sizes.Rows(layer) + 1) * sizes.Columns(), 0.0f);
  std::fill_n(result.output, sizes.hidden + 1, 0.0f);
  for (const auto& part : sums) part->AddTo(result);
}

}  // namespace metamd
