"""The PyTorch side of take-home.js: trains an MLP with an exported optimiser, and gives its losses back.

Arguments: the exported folder; a folder with run.safetensors (initial weights, images, labels), which gets losses.safetensors
in both precisions; learning rate, weight decay, momentum.
Needs: pip install torch safetensors numpy.
"""

import os
import sys

import torch
from safetensors.torch import load_file, save_file
from torch import nn

exported, folder, rate, weight_decay, momentum = sys.argv[1:]
sys.path.insert(0, exported)
sys.dont_write_bytecode = True
from metamd_optim import LearnedOptimizer  # noqa: E402


class Mlp(nn.Module):
    """Linear layers named like the weights, with ReLU between them."""

    def __init__(self, weights):
        super().__init__()
        self.layers = sorted({name.split(".")[0] for name in weights})
        for layer in self.layers:
            rows, columns = weights[f"{layer}.weight"].shape
            setattr(self, layer, nn.Linear(columns, rows))

    def forward(self, x):
        x = x.flatten(1)
        for layer in self.layers[:-1]:
            x = torch.relu(getattr(self, layer)(x))
        return getattr(self, self.layers[-1])(x)


def train(weights, images, labels, dtype):
    model = Mlp(weights)
    model.load_state_dict(weights)
    model.to(dtype)
    options = {"lr": float(rate), "weight_decay": float(weight_decay), "momentum": float(momentum)}
    path = os.path.join(exported, "optimiser.safetensors")
    optimizer = LearnedOptimizer.from_file(path, model.named_parameters(), **options)
    losses = []
    for batch, targets in zip(images.to(dtype), labels):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(batch), targets.long())
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return torch.tensor(losses, dtype=torch.float64)


run = load_file(os.path.join(folder, "run.safetensors"))
images, labels = run.pop("images"), run.pop("labels")
weights = {name: value.float() for name, value in run.items()}
losses = {str(dtype).replace("torch.", ""): train(weights, images, labels, dtype) for dtype in (torch.float32, torch.float64)}
save_file(losses, os.path.join(folder, "losses.safetensors"))
print(torch.__version__)
