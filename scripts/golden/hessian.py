"""Makes test/golden/hessian.json: Hessians of small nets in double precision, and what is read off them.

Usage: PYTHONPATH=scripts/pytorch python scripts/golden/hessian.py > test/golden/hessian.json
       npx prettier --write test/golden/hessian.json
Needs: pip install torch torchvision.
"""

import json
import math

import torch
from torch import nn
from torch.func import functional_call, grad, hessian, jacrev, jvp

from resnet18 import resnet18

torch.set_default_dtype(torch.float64)


def noise(shape, key):
    """Numbers in [-1, 1) that a formula gives: 2 (((31 + key) i^2 + 17 i + 101 key) mod 1009) / 1009 - 1, row-major."""
    i = torch.arange(math.prod(shape))
    residues = ((31 + key) * i * i + 17 * i + 101 * key) % 1009
    return (2 * residues.double() / 1009 - 1).reshape(shape)


def value(index, name, held):
    """The index-th name in alphabetical order: noise around what a fresh model has."""
    own = noise(held.shape, 1 + index)
    if name.endswith("running_var") or (held.dim() == 1 and "weight" in name):
        return 1 + 0.2 * own
    fan = held[0].numel() if held.dim() > 1 else 25
    return own * (2 / fan) ** 0.5


def flat_loss(model, images, labels):
    """The mean loss in evaluation as a function of one vector, and the vector."""
    model.eval()
    names = sorted(name for name in model.state_dict() if not name.endswith("num_batches_tracked"))
    held = {name: value(i, name, model.state_dict()[name]) for i, name in enumerate(names)}
    parameters = {name: held[name] for name, _ in model.named_parameters()}
    buffers = {name: held[name] for name, _ in model.named_buffers() if name in held}
    shapes = {name: tensor.shape for name, tensor in parameters.items()}

    def loss(theta):
        parts = torch.split(theta, [shape.numel() for shape in shapes.values()])
        given = {name: part.reshape(shape) for (name, shape), part in zip(shapes.items(), parts)}
        logits = functional_call(model, {**given, **buffers}, (images,))
        return nn.functional.cross_entropy(logits, labels)

    return loss, torch.cat([tensor.reshape(-1) for tensor in parameters.values()]), shapes


def mlp():
    named = nn.Module()
    named.fc1, named.fc2, named.fc3 = nn.Linear(9, 8), nn.Linear(8, 6), nn.Linear(6, 4)
    named.forward = lambda x: named.fc3(named.fc2(named.fc1(x.flatten(1)).relu()).relu())
    return named


def lenet():
    named = nn.Module()
    named.conv1, named.conv2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
    named.fc1, named.fc2, named.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(x):
        x = nn.functional.max_pool2d(named.conv1(x).relu(), 2)
        x = nn.functional.max_pool2d(named.conv2(x).relu(), 2)
        # Our models flatten images channel last.
        x = x.permute(0, 2, 3, 1).flatten(1)
        return named.fc3(named.fc2(named.fc1(x).relu()).relu())

    named.forward = forward
    return named


def net(name, model, image, classes, batch, spectrum):
    """Loss, Hv for v of noise (the first four numbers of every parameter, and |Hv|), and the eigenvalues' ends."""
    images = noise((batch, *image), 0).permute(0, 3, 1, 2)
    labels = torch.arange(batch) % classes
    loss, theta, shapes = flat_loss(model, images, labels)
    v = torch.cat([noise(shape, 200 + i).reshape(-1) for i, shape in enumerate(shapes.values())])
    product = jvp(grad(loss), (theta,), (v,))[1]
    parts = torch.split(product, [shape.numel() for shape in shapes.values()])
    result = {"name": name, "image": image, "classes": classes, "batch": batch, "loss": loss(theta).item()}
    result["product"] = {key: part[:4].tolist() for key, part in zip(shapes, parts)}
    result["productNorm"] = product.norm().item()
    if spectrum is not None:
        values = torch.linalg.eigvalsh(spectrum(loss)(theta)).tolist()
        result["largest"] = values[-3:][::-1]
        result["smallest"] = values[0]
    return result


def tanh_net():
    """An MLP 3-2-2 with tanh: its whole spectrum, top eigenvector, and losses along it."""
    theta = torch.tensor([0.5 * math.sin(1.3 * i + 0.4) for i in range(14)])
    x = torch.tensor([[1, 0.5, -0.2], [-0.3, 0.8, 0.1], [0.2, -1, 0.7], [0.9, 0.4, 1.5]])
    y = torch.tensor([0, 1, 1, 0])

    def loss(t):
        h = torch.tanh(x @ t[:6].reshape(2, 3).T + t[6:8])
        return nn.functional.cross_entropy(h @ t[8:12].reshape(2, 2).T + t[12:14], y)

    values, vectors = torch.linalg.eigh(hessian(loss)(theta))
    top = vectors[:, -1] * torch.sign(vectors[0, -1])
    grid = [-1, -0.5, 0, 0.5, 1]
    return {
        "loss": loss(theta).item(),
        "spectrum": values.tolist(),
        "eigenvector": top.tolist(),
        "grid": grid,
        "losses": [loss(theta + t * top).item() for t in grid],
    }


def rank():
    features = torch.tensor([[1, 2, 0.5], [0.3, -1, 2], [2, 0.1, -0.4], [1.5, 1, 1]])
    values = torch.linalg.svdvals(features)
    shares, normalised = values / values.sum(), values / values.max()
    score = -(normalised * normalised.log()).sum().item()
    entropy = -(shares * shares.log()).sum().item()
    return {"features": features.tolist(), "singularValues": values.tolist(), "score": score, "entropy": entropy}


def chunked(loss):
    return jacrev(grad(loss), chunk_size=64)


nets = [
    net("mlp", mlp(), [3, 3, 1], 4, 6, hessian),
    net("lenet", lenet(), [28, 28, 1], 10, 4, None),
    net("resnet18s", resnet18("resnet18s", 1, 3, 3), [8, 8, 3], 3, 6, chunked),
    net("resnet18", resnet18("resnet18", 1, 3, 3), [32, 32, 3], 3, 6, chunked),
]
made_by = f"scripts/golden/hessian.py, torch {torch.__version__} in float64"
print(json.dumps({"made by": made_by, "tanh": tanh_net(), "rank": rank(), "nets": nets}))
