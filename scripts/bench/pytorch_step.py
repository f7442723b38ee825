"""One training step of a model in PyTorch eager, timed on request.

Reads lines "<model> <steps>" from standard input, runs that many SGD-momentum steps of the model on a
fixed batch of 128, reads the loss back after every step, and answers with the milliseconds of each as JSON.
Needs: pip install torch. Threads: first argument.
"""

import json
import sys
import time

import torch
from torch import nn

torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(0)

MODELS = {
    "mlp": lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10)
    ),
    "lenet": lambda: nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    ),
}
images = torch.rand(128, 1, 28, 28)
labels = torch.arange(128) % 10
prepared = {}


def step(name):
    if name not in prepared:
        model = MODELS[name]()
        prepared[name] = model, torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, weight_decay=1e-4)
    model, optimiser = prepared[name]
    begun = time.perf_counter()
    optimiser.zero_grad()
    loss = nn.functional.cross_entropy(model(images), labels)
    loss.backward()
    optimiser.step()
    loss.item()
    return 1e3 * (time.perf_counter() - begun)


print(json.dumps({"torch": torch.__version__}), flush=True)
for line in sys.stdin:
    name, steps = line.split()
    print(json.dumps([step(name) for _ in range(int(steps))]), flush=True)
