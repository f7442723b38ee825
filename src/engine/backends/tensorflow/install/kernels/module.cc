// Operations of our own for TensorFlow's sessions, on the processor. Loaded after TensorFlow, as an addon without exports.
// What each computes is in its own header; all numbers are floats.
#include <node_api.h>

#include <mutex>

#include "call.h"
#include "lstm-cell.h"
#include "max-pool.h"
#include "rank-one-solve.h"

namespace metamd {
namespace {

// The inputs that both operations of the LSTM begin with: weights, input, h, c.
LstmStep StepOf(Call& call, LstmSizes& sizes) {
  int64_t rows = -1, columns = -1;
  LstmStep step;
  sizes = {-1, -1, -1};
  step.weights = call.Input(rows, columns);
  step.input = call.Input(sizes.inputs, sizes.coordinates);
  step.h = call.Input(sizes.hidden, sizes.coordinates);
  step.c = call.Input(sizes.hidden, sizes.coordinates);
  call.Require(rows == sizes.Rows() + 1 && columns == sizes.Columns());
  return step;
}

void ComputeLstm(void*, TF_OpKernelContext* context) {
  Call call(context);
  LstmSizes sizes;
  const LstmStep step = StepOf(call, sizes);
  float* h = call.Output({sizes.hidden, sizes.coordinates});
  float* c = call.Output({sizes.hidden, sizes.coordinates});
  if (call.Fine()) LstmForward(step, sizes, h, c);
}

void ComputeLstmGradient(void*, TF_OpKernelContext* context) {
  Call call(context);
  LstmSizes sizes;
  const LstmStep step = StepOf(call, sizes);
  const float* d_h = call.Input(sizes.hidden, sizes.coordinates);
  const float* d_c = call.Input(sizes.hidden, sizes.coordinates);
  LstmCotangents result;
  result.weights = call.Output({sizes.Rows() + 1, sizes.Columns()});
  result.input = call.Output({sizes.inputs, sizes.coordinates});
  result.h = call.Output({sizes.hidden, sizes.coordinates});
  result.c = call.Output({sizes.hidden, sizes.coordinates});
  if (call.Fine()) LstmBackward(step, d_h, d_c, sizes, result);
}

struct Window {
  int32_t size, stride;
};

void* ReadWindow(TF_OpKernelConstruction* construction) {
  TF_Status* status = TF_NewStatus();
  Window* window = new Window();
  TF_OpKernelConstruction_GetAttrInt32(construction, "size", &window->size, status);
  if (TF_GetCode(status) == TF_OK)
    TF_OpKernelConstruction_GetAttrInt32(construction, "stride", &window->stride, status);
  if (TF_GetCode(status) != TF_OK) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return window;
}

void FreeWindow(void* window) { delete static_cast<Window*>(window); }

// Takes the images that are pooled.
const float* ImagesOf(Call& call, const void* attributes, PoolSizes& pool) {
  const Array x = call.Input(4);
  if (!call.Fine()) return nullptr;
  const Window& window = *static_cast<const Window*>(attributes);
  pool = {x.sides[0], x.sides[1], x.sides[2], x.sides[3], window.size, window.stride};
  call.Require(window.size > 0 && window.stride > 0 && window.size <= std::min(pool.height, pool.width));
  return x.floats;
}

void ComputeMaxPool(void* attributes, TF_OpKernelContext* context) {
  Call call(context);
  PoolSizes pool;
  const float* x = ImagesOf(call, attributes, pool);
  if (!call.Fine()) return;
  float* y = call.Output({pool.images, pool.OutHeight(), pool.OutWidth(), pool.channels});
  if (call.Fine()) MaxPool(x, pool, y);
}

void ComputeMaxPoolGradient(void* attributes, TF_OpKernelContext* context) {
  Call call(context);
  const Array d_y = call.Input(4);
  PoolSizes pool;
  const float* x = ImagesOf(call, attributes, pool);
  if (!call.Fine()) return;
  call.Require(d_y.sides == std::vector<int64_t>{pool.images, pool.OutHeight(), pool.OutWidth(), pool.channels});
  float* d_x = call.Output({pool.images, pool.height, pool.width, pool.channels});
  if (call.Fine()) MaxPoolGradient(d_y.floats, x, pool, d_x);
}

void ComputeReluGradient(void*, TF_OpKernelContext* context) {
  Call call(context);
  const Array d_y = call.Input(-1), y = call.Input(-1);
  call.Require(d_y.sides == y.sides);
  float* d_x = call.Output(y.sides);
  if (call.Fine()) ReluGradient(d_y.floats, y.floats, y.Size(), d_x);
}

void ComputeRankOneSolve(void*, TF_OpKernelContext* context) {
  Call call(context);
  const Array g = call.Input(-1);
  const auto factor = [&] {
    const Array vector = call.Input(2), scaled = call.Input(2);
    call.Require(vector.Size() == scaled.Size());
    return Factor{vector.floats, scaled.floats, vector.Size()};
  };
  const Factor left = factor(), right = factor();
  call.Require(left.size * right.size == g.Size());
  float* p = call.Output(g.sides);
  if (call.Fine()) RankOneSolve(g.floats, left, right, p);
}

// Once for the process, however many threads load the addon. @returns TensorFlow's message, or null.
const char* RegisterAll() {
  static TF_Status* status = TF_NewStatus();
  static std::once_flag once;
  std::call_once(once, [] {
    Register({"MetamdLstmCell",
              {"weights: float", "input: float", "h: float", "c: float"},
              {"next_h: float", "next_c: float"},
              ComputeLstm},
             status);
    Register({"MetamdLstmCellGradient",
              {"weights: float", "input: float", "h: float", "c: float", "d_next_h: float", "d_next_c: float"},
              {"d_weights: float", "d_input: float", "d_h: float", "d_c: float"},
              ComputeLstmGradient},
             status);
    const Names window = {"size: int", "stride: int"};
    Register({"MetamdMaxPool", {"x: float"}, {"y: float"}, ComputeMaxPool, window, ReadWindow, FreeWindow}, status);
    Register({"MetamdMaxPoolGradient",
              {"d_y: float", "x: float"},
              {"d_x: float"},
              ComputeMaxPoolGradient,
              window,
              ReadWindow,
              FreeWindow},
             status);
    Register({"MetamdReluGradient", {"d_y: float", "y: float"}, {"d_x: float"}, ComputeReluGradient}, status);
    Register({"MetamdRankOneSolve",
              {"g: float", "left: float", "left_scaled: float", "right: float", "right_scaled: float"},
              {"p: float"},
              ComputeRankOneSolve},
             status);
  });
  return TF_GetCode(status) == TF_OK ? nullptr : TF_Message(status);
}

}  // namespace
}  // namespace metamd

NAPI_MODULE_INIT() {
  if (const char* message = metamd::RegisterAll()) napi_throw_error(env, nullptr, message);
  return exports;
}
