// Operations of our own for TensorFlow's sessions, on the processor. Loaded after TensorFlow, as an addon without exports.
// What each computes is in its own header; all numbers are floats.
#include <node_api.h>

#include <mutex>

#include "call.h"
#include "elementwise.h"
#include "lstm.h"
#include "matmul.h"
#include "max-pool.h"
#include "rank-one-solve.h"
#include "symmetric-eigen.h"

namespace metamd {
namespace {

// The inputs that both operations of the LSTM begin with: weights of both layers and of the output, input, h and c of the
// first layer and of the second.
LstmArrays<const float> NetworkOf(Call& call, LstmSizes& sizes) {
  struct Matrix {
    int64_t rows = -1, columns = -1;
  } weights[kLayers], output;
  LstmArrays<const float> given;
  sizes = {-1, -1, -1, -1};
  for (int layer = 0; layer < kLayers; layer++)
    given.weights[layer] = call.Input(weights[layer].rows, weights[layer].columns);
  given.output = call.Input(output.rows, output.columns);
  const Array input = call.Input(3);
  given.input = input.floats;
  if (call.Fine()) {
    sizes.steps = input.sides[0];
    sizes.inputs = input.sides[1];
    sizes.coordinates = input.sides[2];
  }
  for (int layer = 0; layer < kLayers; layer++) {
    given.h[layer] = call.Input(sizes.hidden, sizes.coordinates);
    given.c[layer] = call.Input(sizes.hidden, sizes.coordinates);
  }
  for (int layer = 0; layer < kLayers; layer++)
    call.Require(weights[layer].rows == sizes.Rows(layer) + 1 && weights[layer].columns == sizes.Columns());
  call.Require(output.rows == sizes.hidden + 1 && output.columns == 1 && sizes.steps > 0 && sizes.hidden > 0);
  return given;
}

void ComputeLstm(void*, TF_OpKernelContext* context) {
  Call call(context);
  LstmSizes sizes;
  const LstmArrays<const float> given = NetworkOf(call, sizes);
  LstmResults<float> results;
  results.u = call.Output({sizes.steps, sizes.coordinates});
  for (int layer = 0; layer < kLayers; layer++) {
    results.h[layer] = call.Output({sizes.hidden, sizes.coordinates});
    results.c[layer] = call.Output({sizes.hidden, sizes.coordinates});
  }
  if (call.Fine()) LstmForward(given, sizes, results);
}

void ComputeLstmGradient(void*, TF_OpKernelContext* context) {
  Call call(context);
  LstmSizes sizes;
  const LstmArrays<const float> given = NetworkOf(call, sizes);
  LstmResults<const float> cotangents;
  cotangents.u = call.Input(sizes.steps, sizes.coordinates);
  for (int layer = 0; layer < kLayers; layer++) {
    cotangents.h[layer] = call.Input(sizes.hidden, sizes.coordinates);
    cotangents.c[layer] = call.Input(sizes.hidden, sizes.coordinates);
  }
  LstmArrays<float> result;
  for (int layer = 0; layer < kLayers; layer++)
    result.weights[layer] = call.Output({sizes.Rows(layer) + 1, sizes.Columns()});
  result.output = call.Output({sizes.hidden + 1, 1});
  result.input = call.Output({sizes.steps, sizes.inputs, sizes.coordinates});
  for (int layer = 0; layer < kLayers; layer++) {
    result.h[layer] = call.Output({sizes.hidden, sizes.coordinates});
    result.c[layer] = call.Output({sizes.hidden, sizes.coordinates});
  }
  if (call.Fine()) LstmBackward(given, cotangents, sizes, result);
}

// The attributes of an operation, as it is made.
class Attributes {
 public:
  explicit Attributes(TF_OpKernelConstruction* construction) : construction_(construction), status_(TF_NewStatus()) {}
  ~Attributes() {
    if (!Fine()) TF_OpKernelConstruction_Failure(construction_, status_);
    TF_DeleteStatus(status_);
  }
  Attributes(const Attributes&) = delete;

  int32_t Number(const char* name) {
    int32_t number = 0;
    if (Fine()) TF_OpKernelConstruction_GetAttrInt32(construction_, name, &number, status_);
    return number;
  }
  std::vector<int32_t> Numbers(const char* name) {
    int32_t count = 0, total = 0;
    if (Fine()) TF_OpKernelConstruction_GetAttrSize(construction_, name, &count, &total, status_);
    std::vector<int32_t> numbers(Fine() ? count : 0);
    if (!numbers.empty())
      TF_OpKernelConstruction_GetAttrInt32List(construction_, name, numbers.data(), count, status_);
    return numbers;
  }
  void Require(bool fit) {
    if (Fine() && !fit) TF_SetStatus(status_, TF_INVALID_ARGUMENT, "attributes that do not fit each other");
  }

 private:
  bool Fine() const { return TF_GetCode(status_) == TF_OK; }

  TF_OpKernelConstruction* construction_;
  TF_Status* status_;
};

template <typename Read>
void Free(void* read) {
  delete static_cast<Read*>(read);
}

// Whether each factor is turned.
struct Turns {
  bool a, b;
};

void* ReadTurns(TF_OpKernelConstruction* construction) {
  Attributes attributes(construction);
  return new Turns{attributes.Number("turns_a") != 0, attributes.Number("turns_b") != 0};
}

void ComputeMatMul(void* attributes, TF_OpKernelContext* context) {
  Call call(context);
  const Turns& turns = *static_cast<const Turns*>(attributes);
  const auto factor = [&](bool is_turned) {
    const Array array = call.Input(2);
    if (!call.Fine()) return Matrix{};
    const Matrix matrix{array.floats, array.sides[0], array.sides[1], false};
    return is_turned ? matrix.Turned() : matrix;
  };
  const Matrix a = factor(turns.a), b = factor(turns.b);
  call.Require(a.columns == b.rows);
  float* c = call.Output({a.rows, b.columns});
  if (call.Fine()) MatMul(a, b, c);
}

struct Window {
  int32_t size, stride;
};

void* ReadWindow(TF_OpKernelConstruction* construction) {
  Attributes attributes(construction);
  return new Window{attributes.Number("size"), attributes.Number("stride")};
}

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

void ComputeSymmetricEigen(void*, TF_OpKernelContext* context) {
  Call call(context);
  int64_t rows = -1, columns = -1;
  const float* x = call.Input(rows, columns);
  call.Require(rows == columns);
  float* values = call.Output({rows});
  float* vectors = call.Output({rows, rows});
  if (call.Fine()) SymmetricEigen(rows).Solve(x, values, vectors);
}

// Instructions are four numbers each; what they take is there before, and is no sum.
void* ReadPass(TF_OpKernelConstruction* construction) {
  Attributes attributes(construction);
  const std::vector<int32_t> numbers = attributes.Numbers("instructions");
  Pass* pass = new Pass{attributes.Number("inputs"), {}, attributes.Numbers("results")};
  for (size_t at = 0; at + 3 < numbers.size(); at += 4) {
    const int32_t known = pass->inputs + static_cast<int32_t>(pass->instructions.size());
    for (const int32_t taken : {numbers[at + 1], numbers[at + 2], numbers[at + 3]}) {
      const int32_t earlier = taken - pass->inputs;
      attributes.Require(taken < known && (earlier < 0 || pass->instructions[earlier].step != Step::kSum));
    }
    pass->instructions.push_back({static_cast<Step>(numbers[at]), numbers[at + 1], numbers[at + 2], numbers[at + 3]});
  }
  attributes.Require(attributes.Number("outputs") == static_cast<int32_t>(pass->results.size()));
  for (const int32_t result : pass->results)
    attributes.Require(result < static_cast<int32_t>(pass->instructions.size()));
  return pass;
}

// The first input has the shape that all have, but for scalars.
void ComputeElementwise(void* attributes, TF_OpKernelContext* context) {
  Call call(context);
  const Pass& pass = *static_cast<const Pass*>(attributes);
  std::vector<Operand> inputs;
  std::vector<int64_t> sides;
  int64_t size = 0;
  for (int32_t i = 0; i < pass.inputs; i++) {
    const Array input = call.Input(-1);
    if (i == 0) {
      sides = input.sides;
      size = input.Size();
    }
    call.Require(input.Size() == size || input.Size() == 1);
    inputs.push_back({input.floats, input.Size() == 1});
  }
  std::vector<float*> outputs;
  for (size_t i = 0; i < pass.results.size(); i++)
    outputs.push_back(call.Output(pass.IsSum(i) ? std::vector<int64_t>{} : sides));
  if (call.Fine()) Elementwise(pass, inputs, size, outputs);
}

// Once for the process, however many threads load the addon. @returns TensorFlow's message, or null.
const char* RegisterAll() {
  static TF_Status* status = TF_NewStatus();
  static std::once_flag once;
  std::call_once(once, [] {
    Names network = {"weights_1: float", "weights_2: float", "output: float", "input: float",
                     "h_1: float",       "c_1: float",       "h_2: float",    "c_2: float"};
    const Names results = {"u: float", "next_h_1: float", "next_c_1: float", "next_h_2: float", "next_c_2: float"};
    Register({"MetamdLstm", network, results, ComputeLstm}, status);
    const Names cotangents = {"d_u: float", "d_next_h_1: float", "d_next_c_1: float", "d_next_h_2: float",
                              "d_next_c_2: float"};
    network.insert(network.end(), cotangents.begin(), cotangents.end());
    Register({"MetamdLstmGradient",
              network,
              {"d_weights_1: float", "d_weights_2: float", "d_output: float", "d_input: float", "d_h_1: float",
               "d_c_1: float", "d_h_2: float", "d_c_2: float"},
              ComputeLstmGradient},
             status);
    Register({"MetamdMatMul",
              {"a: float", "b: float"},
              {"c: float"},
              ComputeMatMul,
              {"turns_a: int", "turns_b: int"},
              ReadTurns,
              Free<Turns>},
             status);
    const Names window = {"size: int", "stride: int"};
    Register({"MetamdMaxPool", {"x: float"}, {"y: float"}, ComputeMaxPool, window, ReadWindow, Free<Window>}, status);
    Register({"MetamdMaxPoolGradient",
              {"d_y: float", "x: float"},
              {"d_x: float"},
              ComputeMaxPoolGradient,
              window,
              ReadWindow,
              Free<Window>},
             status);
    Register({"MetamdReluGradient", {"d_y: float", "y: float"}, {"d_x: float"}, ComputeReluGradient}, status);
    Register({"MetamdRankOneSolve",
              {"g: float", "left: float", "left_scaled: float", "right: float", "right_scaled: float"},
              {"p: float"},
              ComputeRankOneSolve},
             status);
    Register({"MetamdSymmetricEigen", {"x: float"}, {"values: float", "vectors: float"}, ComputeSymmetricEigen}, status);
    Register({"MetamdElementwise",
              {"x: inputs * float"},
              {"y: outputs * float"},
              ComputeElementwise,
              {"inputs: int", "outputs: int", "instructions: list(int)", "results: list(int)"},
              ReadPass,
              Free<Pass>},
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
