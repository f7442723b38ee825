// Operations number by number, one after another over a block of numbers that stays in the cache, in the place of as many
// passes over memory. Each rounds as it does alone: what comes of one is stored before the next takes it. Sums over all
// numbers are taken on the way, in an order of their own.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "team.h"
#include "vectors.h"

namespace metamd {

// In the order of fuse.ts.
enum class Step : int32_t {
  kAdd, kSubtract, kMultiply, kDivide, kSqrt, kSquare, kAbs, kNegate, kSign, kMultiplyAdd, kSum
};

// Operands are numbers of values: first the inputs, then what the instructions give. Those that are not needed are any.
struct Instruction {
  Step step;
  int32_t first, second, third;
};

struct Pass {
  int32_t inputs;
  std::vector<Instruction> instructions;
  std::vector<int32_t> results;  // numbers of instructions

  bool IsSum(size_t result) const { return instructions[results[result]].step == Step::kSum; }
};

struct Operand {
  const float* floats;
  bool is_scalar;
};

template <typename Function>
inline void Map(const float* __restrict a, const float* __restrict b, int64_t count, float* __restrict to,
                Function function) {
#pragma GCC unroll 4
  for (int64_t i = 0; i < count; i++) to[i] = function(a[i], b[i]);
}

// a b + c with both roundings.
#if !defined(__clang__)
__attribute__((optimize("fp-contract=off")))
#endif
inline void MultiplyAdd(const float* __restrict a, const float* __restrict b, const float* __restrict c, int64_t count,
                        float* __restrict to) {
#pragma GCC unroll 4
  for (int64_t i = 0; i < count; i++) {
    const float product = a[i] * b[i];
    to[i] = product + c[i];
  }
}

constexpr int64_t kNumbers = 512;         // of a block
constexpr int64_t kPart = 32 * kNumbers;  // of what a thread takes at once

// In as many sums as a cache line has numbers, whatever vectors there are: the same bits on every processor.
inline float Sum(const float* a, int64_t count) {
  float sums[kLine] = {};
  const int64_t whole = RoundedDown(count, kLine);
  for (int64_t i = 0; i < whole; i += kLine)
    for (int64_t j = 0; j < kLine; j++) sums[j] += a[i + j];
  for (int64_t i = whole; i < count; i++) sums[i - whole] += a[i];
  for (int64_t size = kLine / 2; size > 0; size /= 2)
    for (int64_t j = 0; j < size; j++) sums[j] += sums[j + size];
  return sums[0];
}

inline void Run(Step step, const float* a, const float* b, const float* c, int64_t count, float* to) {
  switch (step) {
    case Step::kAdd: return Map(a, b, count, to, [](float x, float y) { return x + y; });
    case Step::kSubtract: return Map(a, b, count, to, [](float x, float y) { return x - y; });
    case Step::kMultiply: return Map(a, b, count, to, [](float x, float y) { return x * y; });
    case Step::kDivide: return Map(a, b, count, to, [](float x, float y) { return x / y; });
    case Step::kSqrt: return Map(a, b, count, to, [](float x, float) { return std::sqrt(x); });
    case Step::kSquare: return Map(a, b, count, to, [](float x, float) { return x * x; });
    case Step::kAbs: return Map(a, b, count, to, [](float x, float) { return std::abs(x); });
    case Step::kNegate: return Map(a, b, count, to, [](float x, float) { return -x; });
    // Of NaN the sign is NaN, of both zeros the positive one.
    case Step::kSign:
      return Map(a, b, count, to, [](float x, float) { return x > 0 ? 1.0f : x < 0 ? -1.0f : x == 0 ? 0.0f : x; });
    case Step::kMultiplyAdd: return MultiplyAdd(a, b, c, count, to);
    case Step::kSum: *to += Sum(a, count); return;
  }
}

// Numbers from .. to. @param outputs of a sum: a number to which it is added.
inline void Elementwise(const Pass& pass, const std::vector<Operand>& inputs, int64_t from, int64_t to,
                        const std::vector<float*>& outputs) {
  const size_t instructions = pass.instructions.size();
  Scratch scratch((inputs.size() + instructions) * kNumbers, false);
  struct Value {
    float* floats;
    int64_t stride;  // 0: the same place for every block
  };
  std::vector<Value> values;
  for (const Operand& input : inputs) {
    float* const block = scratch.Take(kNumbers);
    if (input.is_scalar) std::fill_n(block, kNumbers, *input.floats);
    values.push_back(input.is_scalar ? Value{block, 0} : Value{const_cast<float*>(input.floats), 1});
  }
  for (size_t i = 0; i < instructions; i++) values.push_back({scratch.Take(kNumbers), 0});
  for (size_t i = 0; i < outputs.size(); i++)
    values[inputs.size() + pass.results[i]] = {outputs[i], pass.IsSum(i) ? 0 : 1};

  for (int64_t at = from; at < to; at += kNumbers) {
    const auto place = [&](int32_t value) { return values[value].floats + values[value].stride * at; };
    int32_t result = pass.inputs;
    for (const auto [step, first, second, third] : pass.instructions)
      Run(step, place(first), place(second), place(third), std::min(kNumbers, to - at), place(result++));
  }
}

inline void Elementwise(const Pass& pass, const std::vector<Operand>& inputs, int64_t size,
                        const std::vector<float*>& outputs) {
  const int64_t parts = (size + kPart - 1) / kPart, results = outputs.size();
  // Of every part, so that it is of no account which threads took them.
  std::vector<float> sums(parts * results, 0.0f);
  Team::Get().Run(parts, [&](int64_t part) {
    std::vector<float*> to = outputs;
    for (int64_t i = 0; i < results; i++)
      if (pass.IsSum(i)) to[i] = &sums[part * results + i];
    Elementwise(pass, inputs, part * kPart, std::min(size, (part + 1) * kPart), to);
  });
  for (int64_t i = 0; i < results; i++) {
    if (!pass.IsSum(i)) continue;
    double sum = 0;
    for (int64_t part = 0; part < parts; part++) sum += sums[part * results + i];
    *outputs[i] = static_cast<float>(sum);
  }
}

}  // namespace metamd
