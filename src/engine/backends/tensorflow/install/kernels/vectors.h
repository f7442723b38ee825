// Vectors of floats, and of doubles, of the width that the compiler's target has, and functions of them.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace metamd {

#if defined(__AVX512F__)
constexpr int kWidth = 16;
#elif defined(__AVX2__)
constexpr int kWidth = 8;
#else
constexpr int kWidth = 4;
#endif

typedef float Vector __attribute__((vector_size(kWidth * sizeof(float))));
typedef int32_t Integers __attribute__((vector_size(kWidth * sizeof(int32_t))));
constexpr int kHalfWidth = kWidth / 2;
typedef double Doubles __attribute__((vector_size(kHalfWidth * sizeof(double))));

inline Vector Load(const float* from) {
  Vector x;
  std::memcpy(&x, from, sizeof x);
  return x;
}

inline Doubles Load(const double* from) {
  Doubles x;
  std::memcpy(&x, from, sizeof x);
  return x;
}

inline void Store(float* to, Vector x) { std::memcpy(to, &x, sizeof x); }
inline void Store(double* to, Doubles x) { std::memcpy(to, &x, sizeof x); }

// Of all lanes, in their order.
inline float Sum(Vector x) {
  float sum = 0;
  for (int lane = 0; lane < kWidth; lane++) sum += x[lane];
  return sum;
}
inline double Sum(Doubles x) {
  double sum = 0;
  for (int lane = 0; lane < kHalfWidth; lane++) sum += x[lane];
  return sum;
}

inline Vector Broadcast(float x) { return Vector{} + x; }

inline Integers Places() {
  Integers places;
  for (int i = 0; i < kWidth; i++) places[i] = i;
  return places;
}

// The last numbers of a row, fewer than a vector holds or as many: what lies behind them in memory is not theirs.
struct Part {
  int size;
  explicit Part(int64_t left) : size(static_cast<int>(std::min<int64_t>(left, kWidth))) {}

  Integers Lanes() const { return Places() < size; }
  // @param end of the array, which is not read beyond. @returns zeros in the lanes without a number.
  Vector Load(const float* from, const float* end) const { return Lanes() ? LoadAround(from, end) : Vector{}; }
  // With what else is there in the other lanes.
  Vector LoadAround(const float* from, const float* end) const {
    if (__builtin_expect(from + kWidth <= end, true)) return metamd::Load(from);
    Vector x{};
    std::memcpy(&x, from, size * sizeof(float));
    return x;
  }
  // Writes the other lanes too where the array goes on: what comes there is to be written afterwards, or is what was there.
  void Store(float* to, Vector x, const float* end) const {
    if (__builtin_expect(to + kWidth <= end, true))
      metamd::Store(to, x);
    else
      std::memcpy(to, &x, size * sizeof(float));
  }
};

inline int64_t RoundedUp(int64_t x, int64_t step) { return (x + step - 1) / step * step; }
inline int64_t RoundedDown(int64_t x, int64_t step) { return x / step * step; }

constexpr int64_t kLine = 16;  // floats of a cache line

// Floats for arrays that each begin a cache line if all are of whole lines.
class Scratch {
 public:
  // Zeros at first, but where all is written anyway.
  explicit Scratch(int64_t size, bool zeros = true)
      : floats_(zeros ? new float[size + kLine]() : new float[size + kLine]) {
    void* start = floats_.get();
    size_t room = (size + kLine) * sizeof(float);
    free_ = static_cast<float*>(std::align(kLine * sizeof(float), size * sizeof(float), start, room));
  }
  float* Take(int64_t size) {
    free_ += size;
    return free_ - size;
  }

 private:
  std::unique_ptr<float[]> floats_;
  float* free_;
};

// Writes a row past the caches, into which it need not come, where it begins a vector and is of whole ones.
inline void StreamRow(const float* from, float* to, int64_t size) {
#if defined(__SSE2__)
  if (size % kWidth == 0 && reinterpret_cast<uintptr_t>(to) % sizeof(Vector) == 0) {
    for (int64_t at = 0; at < size; at += kWidth) {
#if defined(__AVX512F__)
      _mm512_stream_ps(to + at, Load(from + at));
#elif defined(__AVX2__)
      _mm256_stream_ps(to + at, Load(from + at));
#else
      _mm_stream_ps(to + at, Load(from + at));
#endif
    }
    return;
  }
#endif
  std::memcpy(to, from, size * sizeof(float));
}
// After the last row: other threads see them all.
inline void EndStream() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

// NaN stays NaN.
inline Vector Clamp(Vector x, float least, float most) {
#if defined(__AVX512F__)
  return _mm512_min_ps(Broadcast(most), _mm512_max_ps(Broadcast(least), x));
#elif defined(__AVX2__)
  return _mm256_min_ps(Broadcast(most), _mm256_max_ps(Broadcast(least), x));
#else
  x = x < least ? Broadcast(least) : x;
  return x > most ? Broadcast(most) : x;
#endif
}

// 1 / x for x from 1 on, to one unit in the last place.
inline Vector Reciprocal(Vector x) {
#if defined(__AVX512F__)
  const Vector near = _mm512_rcp14_ps(x);
  return near + near * (1.0f - x * near);
#else
  return 1.0f / x;
#endif
}

// 1 / (1 + exp(-x)); below -88 what it is there, 6e-39 or zero, and above 87 one. NaN stays NaN.
// exp(-x) = 2^n exp(r) with |r| <= ln(2) / 2.
// Of the polynomials of degree 6 that begin with 1 + r the one whose largest relative error is smallest: 3.1e-9.
inline Vector Sigmoid(Vector x) {
  constexpr float kLog2E = 1.44269504088896341f;
  constexpr float kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;
  constexpr float kRounds = 12582912.0f;  // 1.5 * 2^23: what is added to it is rounded to an integer
  x = Clamp(-x, -87.0f, 88.0f);
  const Vector rounded = x * kLog2E + kRounds;
  const Vector n = rounded - kRounds;
  const Vector r = x - n * kLn2High - n * kLn2Low;
  Vector p = r * 1.381453243e-3f + 8.368745446e-3f;
  p = p * r + 4.166839272e-2f;
  p = p * r + 1.666652113e-1f;
  p = p * r + 4.999999404e-1f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  // n is in the last bits of what was rounded. A product, since to add n to p's exponent would make numbers of some NaN.
  Integers bits;
  std::memcpy(&bits, &rounded, sizeof bits);
  bits = (bits + 127) << 23;
  Vector power;
  std::memcpy(&power, &bits, sizeof power);
  return Reciprocal(1.0f + p * power);
}

// tanh(x) as x times a quotient of polynomials of x^2 that is 1 at zero: of these the one whose largest relative error up
// to 9.02, from where on tanh is 1, is smallest: 2.2e-8, less than rounding adds.
inline Vector Tanh(Vector x) {
  x = Clamp(x, -9.02f, 9.02f);
  const Vector s = x * x;
  Vector p = s * 1.33840537e-8f + 2.06356462e-5f;
  p = p * s + 3.49744687e-3f;
  p = p * s + 1.33826782e-1f;
  p = p * s + 1.0f;
  Vector q = s * 7.79015043e-7f + 3.28849972e-4f;
  q = q * s + 2.58843198e-2f;
  q = q * s + 4.67159994e-1f;
  q = q * s + 1.0f;
  return x * p * Reciprocal(q);
}

// The entries of the first (or second) halves of a and b in turns.
template <bool kSecond>
inline Vector Interleaved(Vector a, Vector b) {
  Integers order;
  for (int i = 0; i < kWidth; i++) order[i] = i / 2 + (kSecond ? kWidth / 2 : 0) + (i % 2) * kWidth;
#if defined(__clang__)
  Vector result;
  for (int i = 0; i < kWidth; i++) result[i] = order[i] < kWidth ? a[order[i]] : b[order[i] - kWidth];
  return result;
#else
  return __builtin_shuffle(a, b, order);
#endif
}

// kWidth rows become kWidth columns: log2(kWidth) rounds in which rows of both halves are interleaved.
inline void Transpose(const float* from, int64_t from_stride, float* to, int64_t to_stride) {
  Vector rows[kWidth], next[kWidth];
  for (int i = 0; i < kWidth; i++) rows[i] = Load(from + i * from_stride);
  for (int round = 1; round < kWidth; round *= 2) {
    for (int i = 0; i < kWidth / 2; i++) {
      next[2 * i] = Interleaved<false>(rows[i], rows[i + kWidth / 2]);
      next[2 * i + 1] = Interleaved<true>(rows[i], rows[i + kWidth / 2]);
    }
    std::copy(next, next + kWidth, rows);
  }
  for (int i = 0; i < kWidth; i++) Store(to + i * to_stride, rows[i]);
}

}  // namespace metamd
