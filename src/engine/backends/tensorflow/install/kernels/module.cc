// Operations of our own for TensorFlow's sessions, on the processor. Loaded after TensorFlow, as an addon without exports.
// What each computes is in its own header; all numbers are floats.
#include <node_api.h>

#include <mutex>
#include <vector>

#include "lstm-cell.h"
#include "tensorflow-c.h"

namespace metamd {
namespace {

// One run of an operation: matrices in, matrices out.
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context), status_(TF_NewStatus()) {}
  ~Call() {
    if (TF_GetCode(status_) != TF_OK) TF_OpKernelContext_Failure(context_, status_);
    for (TF_Tensor* tensor : held_) TF_DeleteTensor(tensor);
    TF_DeleteStatus(status_);
  }
  Call(const Call&) = delete;

  bool Fine() const { return TF_GetCode(status_) == TF_OK; }

  // Takes the next input. @param rows, columns are what it must have, or -1: what it has.
  const float* Input(int64_t& rows, int64_t& columns) {
    TF_Tensor* tensor = nullptr;
    if (Fine()) TF_GetInput(context_, inputs_++, &tensor, status_);
    if (!Fine()) return nullptr;
    held_.push_back(tensor);
    const auto fits = [&](int axis, int64_t& side) {
      if (side < 0) side = TF_Dim(tensor, axis);
      return side == TF_Dim(tensor, axis);
    };
    Require(TF_NumDims(tensor) == 2 && fits(0, rows) && fits(1, columns));
    return static_cast<const float*>(TF_TensorData(tensor));
  }

  void Require(bool fit) {
    if (Fine() && !fit) TF_SetStatus(status_, TF_INVALID_ARGUMENT, "shapes that do not fit each other");
  }

  // Makes the next output.
  float* Output(int64_t rows, int64_t columns) {
    if (!Fine()) return nullptr;
    const int64_t sides[] = {rows, columns};
    TF_Tensor* tensor =
        TF_AllocateOutput(context_, outputs_++, TF_FLOAT, sides, 2, rows * columns * sizeof(float), status_);
    if (!Fine()) return nullptr;
    held_.push_back(tensor);
    return static_cast<float*>(TF_TensorData(tensor));
  }

 private:
  TF_OpKernelContext* context_;
  TF_Status* status_;
  std::vector<TF_Tensor*> held_;
  int inputs_ = 0, outputs_ = 0;
};

// The inputs that both operations begin with: weights, input, h, c.
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

void ComputeForward(void*, TF_OpKernelContext* context) {
  Call call(context);
  LstmSizes sizes;
  const LstmStep step = StepOf(call, sizes);
  float* h = call.Output(sizes.hidden, sizes.coordinates);
  float* c = call.Output(sizes.hidden, sizes.coordinates);
  if (call.Fine()) LstmForward(step, sizes, h, c);
}

void ComputeBackward(void*, TF_OpKernelContext* context) {
  Call call(context);
  LstmSizes sizes;
  const LstmStep step = StepOf(call, sizes);
  const float* d_h = call.Input(sizes.hidden, sizes.coordinates);
  const float* d_c = call.Input(sizes.hidden, sizes.coordinates);
  LstmCotangents result;
  result.weights = call.Output(sizes.Rows() + 1, sizes.Columns());
  result.input = call.Output(sizes.inputs, sizes.coordinates);
  result.h = call.Output(sizes.hidden, sizes.coordinates);
  result.c = call.Output(sizes.hidden, sizes.coordinates);
  if (call.Fine()) LstmBackward(step, d_h, d_c, sizes, result);
}

using Names = std::vector<const char*>;

void Register(const char* name, const Names& inputs, const Names& outputs,
              void (*compute)(void*, TF_OpKernelContext*), TF_Status* status) {
  TF_OpDefinitionBuilder* operation = TF_NewOpDefinitionBuilder(name);
  for (const char* input : inputs) TF_OpDefinitionBuilderAddInput(operation, input);
  for (const char* output : outputs) TF_OpDefinitionBuilderAddOutput(operation, output);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(operation, TF_ShapeInferenceContextSetUnknownShape);
  TF_RegisterOpDefinition(operation, status);
  if (TF_GetCode(status) != TF_OK) return;
  TF_RegisterKernelBuilder(name, TF_NewKernelBuilder(name, "CPU", nullptr, compute, nullptr), status);
}

// Once for the process, however many threads load the addon. @returns TensorFlow's message, or null.
const char* RegisterAll() {
  static TF_Status* status = TF_NewStatus();
  static std::once_flag once;
  std::call_once(once, [] {
    Register("MetamdLstmCell", {"weights: float", "input: float", "h: float", "c: float"},
             {"next_h: float", "next_c: float"}, ComputeForward, status);
    if (TF_GetCode(status) != TF_OK) return;
    Register("MetamdLstmCellGradient",
             {"weights: float", "input: float", "h: float", "c: float", "d_next_h: float", "d_next_c: float"},
             {"d_weights: float", "d_input: float", "d_h: float", "d_c: float"}, ComputeBackward, status);
  });
  return TF_GetCode(status) == TF_OK ? nullptr : TF_Message(status);
}

}  // namespace
}  // namespace metamd

NAPI_MODULE_INIT() {
  if (const char* message = metamd::RegisterAll()) napi_throw_error(env, nullptr, message);
  return exports;
}
