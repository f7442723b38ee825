"""The PyTorch side of resnet18.js: takes weights and a batch, trains, gives logits, losses and the final state back.

Arguments: kind, width, safetensors files of the weights, of the batch, for the final state and for the results; steps,
learning rate, weight decay. Needs: pip install torch torchvision safetensors numpy.
"""

import sys

import torch
import torchvision
from safetensors.torch import load_file, save_file

from resnet18 import resnet18, steps

kind, width, weights, batch, final, results, count, rate, weight_decay = sys.argv[1:]
state, held = load_file(weights), load_file(batch)
images, labels = held["images"], held["labels"].long()
model = resnet18(kind, int(width), images.shape[1], state["fc.bias"].shape[0])
missing, unexpected = model.load_state_dict(state, strict=False)
if unexpected or any(not name.endswith("num_batches_tracked") for name in missing):
    sys.exit(f"missing {missing}, unexpected {unexpected}")


def logits(training):
    """Of the batch; the running statistics stay as they are."""
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    model.train(training)
    with torch.no_grad():
        result = model(images)
    model.load_state_dict(kept)
    return result


before = {"evaluationBefore": logits(False), "trainingBefore": logits(True)}
losses = steps(model, images, labels, int(count), float(rate), momentum=0.9, weight_decay=float(weight_decay))
save_file({name: value.contiguous() for name, value in model.state_dict().items()}, final)
save_file({**before, "losses": torch.tensor(losses), "evaluationAfter": logits(False)}, results)
print(f"torch {torch.__version__}, torchvision {torchvision.__version__}")
