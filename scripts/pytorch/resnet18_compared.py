"""The PyTorch side of resnet18.js: takes weights and a batch, trains, gives logits, losses and the final state back.

Arguments: kind, width, safetensors files of the weights and of the batch; steps, learning rate, weight decay; a folder for
results, state.safetensors (in float32) and the same in double precision, results64 and state64.
Needs: pip install torch torchvision safetensors numpy.
"""

import os
import sys

import torch
import torchvision
from safetensors.torch import load_file, save_file

from resnet18 import resnet18, steps

kind, width, weights, batch, count, rate, weight_decay, folder = sys.argv[1:]


def logits(model, images, training):
    """Of the batch; the running statistics stay as they are."""
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    model.train(training)
    with torch.no_grad():
        result = model(images)
    model.load_state_dict(kept)
    return result


def run(dtype, suffix):
    state, held = load_file(weights), load_file(batch)
    images, labels = held["images"].to(dtype), held["labels"].long()
    model = resnet18(kind, int(width), images.shape[1], state["fc.bias"].shape[0])
    missing, unexpected = model.load_state_dict(state, strict=False)
    if unexpected or any(not name.endswith("num_batches_tracked") for name in missing):
        sys.exit(f"missing {missing}, unexpected {unexpected}")
    model.to(dtype)
    before = {"evaluationBefore": logits(model, images, False), "trainingBefore": logits(model, images, True)}
    losses = steps(model, images, labels, int(count), float(rate), momentum=0.9, weight_decay=float(weight_decay))
    final = {name: value.contiguous() for name, value in model.state_dict().items()}
    results = {**before, "losses": torch.tensor(losses, dtype=dtype), "evaluationAfter": logits(model, images, False)}
    save_file(final, os.path.join(folder, f"state{suffix}.safetensors"))
    save_file(results, os.path.join(folder, f"results{suffix}.safetensors"))


run(torch.float32, "")
run(torch.float64, "64")
print(f"torch {torch.__version__}, torchvision {torchvision.__version__}")
