// P of (I + l l^T) P (I + r r^T) = G, with u = G r / (1 + |r|^2) and w = l^T G / (1 + |l|^2):
//   P = G - u r^T - l (w - (l^T u) / (1 + |l|^2) r^T).
// G is read twice. All is row-major.
#pragma once
#include "team.h"
#include "vectors.h"

namespace metamd {

// A vector x, and x / (1 + |x|^2).
struct Factor {
  const float *vector, *scaled;
  int64_t size;
};

constexpr int kRows = 4;               // rows that are read together
constexpr int64_t kWritten = 1 << 14;  // numbers that a thread writes at a time, about

// u and w of some rows, w added to what is there. @param r_scaled, w of whole vectors, zeros at the end.
template <int rows>
inline void AddProducts(const float* g, const float* end, int64_t columns, const float* l_scaled,
                        const float* r_scaled, float* u, float* w) {
  Vector sums[rows] = {};
  for (int64_t at = 0; at < columns; at += kWidth) {
    const Part part(columns - at);
    const Vector r = Load(r_scaled + at);
    Vector below = Load(w + at);
    for (int i = 0; i < rows; i++) {
      const Vector numbers = part.Load(g + i * columns + at, end);
      sums[i] += numbers * r;
      below += l_scaled[i] * numbers;
    }
    Store(w + at, below);
  }
  for (int i = 0; i < rows; i++) u[i] = Sum(sums[i]);
}

inline void RankOneSolve(const float* g, const Factor& left, const Factor& right, float* p) {
  const int64_t rows = left.size, columns = right.size, padded = RoundedUp(columns, kWidth);
  const float* const end = g + rows * columns;
  Scratch scratch(3 * padded + rows);
  float* r = scratch.Take(padded);
  float* r_scaled = scratch.Take(padded);
  float* w = scratch.Take(padded);
  float* u = scratch.Take(rows);
  std::copy_n(right.vector, columns, r);
  std::copy_n(right.scaled, columns, r_scaled);
  int64_t row = 0;
  for (; row + kRows <= rows; row += kRows)
    AddProducts<kRows>(g + row * columns, end, columns, left.scaled + row, r_scaled, u + row, w);
  for (; row < rows; row++) AddProducts<1>(g + row * columns, end, columns, left.scaled + row, r_scaled, u + row, w);
  float along = 0;
  for (row = 0; row < rows; row++) along += left.scaled[row] * u[row];
  for (int64_t at = 0; at < padded; at += kWidth) Store(w + at, Load(w + at) - along * Load(r + at));
  const int64_t together = std::max<int64_t>(1, kWritten / std::max<int64_t>(1, columns));
  Team::Get().Run((rows + together - 1) / together, [&](int64_t number) {
    const int64_t first = number * together, last = std::min(rows, first + together);
    float* const written_end = p + last * columns;  // what is behind it, another thread may have written
    for (int64_t row = first; row < last; row++)
      for (int64_t at = 0; at < columns; at += kWidth) {
        const Part part(columns - at);
        const int64_t place = row * columns + at;
        const Vector taken = u[row] * Load(r + at) + left.vector[row] * Load(w + at);
        part.Store(p + place, part.Load(g + place, end) - taken, written_end);
      }
  });
}

}  // namespace metamd
