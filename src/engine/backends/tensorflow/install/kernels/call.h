// One run of an operation of ours, and how it is made known to TensorFlow.
#pragma once
#include <vector>

#include "tensorflow-c.h"

namespace metamd {

// A tensor of floats that goes in.
struct Array {
  const float* floats = nullptr;
  std::vector<int64_t> sides;

  int64_t Size() const {
    int64_t size = 1;
    for (const int64_t side : sides) size *= side;
    return size;
  }
};

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

  // Takes the next input. @param rank that it must have, or -1: any.
  Array Input(int rank) {
    TF_Tensor* tensor = nullptr;
    if (Fine()) TF_GetInput(context_, inputs_++, &tensor, status_);
    if (!Fine()) return {};
    held_.push_back(tensor);
    Array array{static_cast<const float*>(TF_TensorData(tensor)), {}};
    for (int axis = 0; axis < TF_NumDims(tensor); axis++) array.sides.push_back(TF_Dim(tensor, axis));
    Require(rank < 0 || TF_NumDims(tensor) == rank);
    return array;
  }
  // The same of a matrix. @param rows, columns are what it must have, or -1: what it has.
  const float* Input(int64_t& rows, int64_t& columns) {
    const Array matrix = Input(2);
    if (!Fine()) return nullptr;
    const auto fits = [](int64_t given, int64_t& side) {
      if (side < 0) side = given;
      return side == given;
    };
    Require(fits(matrix.sides[0], rows) && fits(matrix.sides[1], columns));
    return matrix.floats;
  }

  void Require(bool fit) {
    if (Fine() && !fit) TF_SetStatus(status_, TF_INVALID_ARGUMENT, "shapes that do not fit each other");
  }

  // Makes the next output.
  float* Output(const std::vector<int64_t>& sides) {
    if (!Fine()) return nullptr;
    const int64_t size = Array{nullptr, sides}.Size();
    TF_Tensor* tensor = TF_AllocateOutput(context_, outputs_++, TF_FLOAT, sides.data(), static_cast<int>(sides.size()),
                                          size * sizeof(float), status_);
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

using Names = std::vector<const char*>;

// An operation, and what computes it. @param inputs, outputs "name: float". @param attributes "name: type".
struct Operation {
  const char* name;
  Names inputs, outputs;
  void (*compute)(void* attributes, TF_OpKernelContext*);
  Names attributes = {};
  void* (*read_attributes)(TF_OpKernelConstruction*) = nullptr;
  void (*free_attributes)(void*) = nullptr;
};

inline void Register(const Operation& operation, TF_Status* status) {
  if (TF_GetCode(status) != TF_OK) return;
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(operation.name);
  for (const char* input : operation.inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char* output : operation.outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  for (const char* attribute : operation.attributes) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, TF_ShapeInferenceContextSetUnknownShape);
  TF_RegisterOpDefinition(definition, status);
  if (TF_GetCode(status) != TF_OK) return;
  TF_RegisterKernelBuilder(operation.name,
                           TF_NewKernelBuilder(operation.name, "CPU", operation.read_attributes, operation.compute,
                                               operation.free_attributes),
                           status);
}

}  // namespace metamd
