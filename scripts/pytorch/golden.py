"""Makes test/golden/resnet18.json: both forms of ResNet18 at width 4 in double precision, before and after two steps.

Usage: python scripts/pytorch/golden.py > test/golden/resnet18.json && npx prettier --write test/golden/resnet18.json
Needs: pip install torch torchvision safetensors numpy.
"""

import json
import math

import torch

from resnet18 import resnet18, steps

torch.set_default_dtype(torch.float64)
WIDTH, CLASSES, BATCH, RATE, WEIGHT_DECAY = 4, 5, 8, 0.02, 0.001


def noise(shape, key):
    """Numbers in [-1, 1) that a formula gives: 2 (((31 + key) i^2 + 17 i + 101 key) mod 1009) / 1009 - 1, row-major."""
    i = torch.arange(math.prod(shape))
    residues = ((31 + key) * i * i + 17 * i + 101 * key) % 1009
    return (2 * residues.double() / 1009 - 1).reshape(shape)


def value(index, name, held):
    """The start of the index-th name in alphabetical order: noise around what a fresh model has."""
    own = noise(held.shape, 1 + index)
    if name.endswith("running_var") or (held.dim() == 1 and name.endswith("weight")):
        return 1 + 0.2 * own
    fan = held[0].numel() if held.dim() > 1 else 25
    return own * (2 / fan) ** 0.5


def case(kind, side):
    model = resnet18(kind, WIDTH, 3, CLASSES)
    state = model.state_dict()
    names = sorted(name for name in state if not name.endswith("num_batches_tracked"))
    model.load_state_dict({name: value(i, name, state[name]) for i, name in enumerate(names)}, strict=False)
    images = noise((BATCH, side, side, 3), 0).permute(0, 3, 1, 2)
    labels = torch.arange(BATCH) % CLASSES
    model.eval()
    with torch.no_grad():
        before = model(images)
    losses = steps(model, images, labels, 2, RATE, weight_decay=WEIGHT_DECAY)
    model.eval()
    with torch.no_grad():
        after = model(images)
    moved = model.state_dict()
    return {
        "kind": kind,
        "side": side,
        "logitsBefore": before.tolist(),
        "losses": losses,
        "logitsAfter": after.tolist(),
        "statistics": {name: moved[name].tolist() for name in names if "running" in name},
        "weights": {name: moved[name].tolist() for name in ("bn1.weight", "layer4.1.bn2.bias", "fc.bias")},
    }


settings = {"width": WIDTH, "classes": CLASSES, "batch": BATCH, "learningRate": RATE, "weightDecay": WEIGHT_DECAY}
cases = [case("resnet18s", 8), case("resnet18", 48)]
made_by = f"scripts/pytorch/golden.py, torch {torch.__version__} in float64"
print(json.dumps({"made by": made_by, **settings, "cases": cases}))
