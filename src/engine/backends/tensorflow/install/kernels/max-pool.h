// The maximum of every window of images, and its gradient. Images are [height, width, channels], row-major; nothing lies
// around them. Of equal numbers the first one is the maximum, and NaN is beyond all.
#pragma once
#include "vectors.h"

namespace metamd {

struct PoolSizes {
  int64_t images, height, width, channels;
  int64_t size, stride;  // of a window, and from one to the next, in rows and columns alike
  int64_t OutHeight() const { return (height - size) / stride + 1; }
  int64_t OutWidth() const { return (width - size) / stride + 1; }
  int64_t Row() const { return width * channels; }
};

inline Integers IsNumber(Vector x) { return x == x; }
inline Integers IsBeyond(Vector x, Vector best) { return (x > best) | ~IsNumber(x); }
inline Vector Larger(Vector best, Vector x) { return IsBeyond(x, best) ? x : best; }

// First the maximum of the rows of a window, for all columns at once, then that of the columns.
inline void MaxPool(const float* x, const PoolSizes& pool, float* y) {
  const int64_t row = pool.Row(), channels = pool.channels;
  const float* const x_end = x + pool.images * pool.height * row;
  float* const y_end = y + pool.images * pool.OutHeight() * pool.OutWidth() * channels;
  Scratch scratch(row + 2 * kWidth);
  float* highest = scratch.Take(row + 2 * kWidth);
  for (int64_t image = 0; image < pool.images; image++, x += pool.height * row)
    for (int64_t top = 0; top + pool.size <= pool.height; top += pool.stride) {
      for (int64_t at = 0; at < row; at += kWidth) {
        const Part part(row - at);
        const float* from = x + top * row + at;
        Vector best = part.Load(from, x_end);
        for (int64_t i = 1; i < pool.size; i++) best = Larger(best, part.Load(from + i * row, x_end));
        Store(highest + at, best);
      }
      for (int64_t left = 0; left + pool.size <= pool.width; left += pool.stride, y += channels)
        for (int64_t channel = 0; channel < channels; channel += kWidth) {
          const float* from = highest + left * channels + channel;
          Vector best = Load(from);
          for (int64_t j = 1; j < pool.size; j++) best = Larger(best, Load(from + j * channels));
          Part(channels - channel).Store(y + channel, best, y_end);
        }
    }
}

// d_x: the sum of d_y over the windows whose maximum a number is; NaN where that is NaN.
inline void MaxPoolGradient(const float* d_y, const float* x, const PoolSizes& pool, float* d_x) {
  const int64_t row = pool.Row(), channels = pool.channels;
  const int64_t all = pool.images * pool.height * row;
  const float* const x_end = x + all;
  // Whether every number of a row is written once, in order: what a vector writes beside its own is then 0 or comes later.
  const bool in_order = pool.stride >= pool.size && channels <= kWidth;
  const float* const d_y_end = d_y + pool.images * pool.OutHeight() * pool.OutWidth() * channels;
  for (int64_t image = 0; image < pool.images; image++, x += pool.height * row, d_x += pool.height * row) {
    std::fill_n(d_x, pool.height * row, 0.0f);
    for (int64_t top = 0; top + pool.size <= pool.height; top += pool.stride)
      for (int64_t left = 0; left + pool.size <= pool.width; left += pool.stride, d_y += channels)
        for (int64_t channel = 0; channel < channels; channel += kWidth) {
          const Part part(channels - channel);
          const int64_t corner = top * row + left * channels + channel;
          Vector best = part.Load(x + corner, x_end);
          Integers place{};
          for (int i = 0; i < pool.size; i++)
            for (int j = i == 0 ? 1 : 0; j < pool.size; j++) {
              const Vector other = part.Load(x + corner + i * row + j * channels, x_end);
              const Integers beyond = IsBeyond(other, best);
              best = beyond ? other : best;
              place = beyond ? Integers{} + static_cast<int>(i * pool.size + j) : place;
            }
          const Vector d = IsNumber(best) ? part.Load(d_y + channel, d_y_end) : best;
          for (int i = 0; i < pool.size; i++) {
            const float* const row_end = d_x + (top + i + 1) * row;
            for (int j = 0; j < pool.size; j++) {
              float* to = d_x + corner + i * row + j * channels;
              const Integers here = (place == static_cast<int>(i * pool.size + j)) & part.Lanes();
              const Vector before = in_order ? Vector{} : part.LoadAround(to, row_end);
              part.Store(to, before + (here ? d : Vector{}), row_end);
            }
          }
        }
  }
}

// dy times the sign of y, which is 1, 0 or NaN.
inline void ReluGradient(const float* d_y, const float* y, int64_t size, float* d_x) {
  for (int64_t at = 0; at < size; at += kWidth) {
    const Part part(size - at);
    const Vector value = part.Load(y + at, y + size);
    const Vector sign = value > 0.0f ? Broadcast(1.0f) : value;
    part.Store(d_x + at, part.Load(d_y + at, d_y + size) * sign, d_x + size);
  }
}

}  // namespace metamd
