"""One training step of a model in PyTorch eager, timed on request.

Reads lines "<model> <steps> [<batch size> [<milliseconds of steps before, which are not timed>]]" from standard input,
runs that many SGD-momentum steps of the model on a fixed batch, reads the loss back after every step, and answers as
JSON with the milliseconds of each step and the processor milliseconds of all. Needs: pip install torch. Arguments: threads, and the device (default
cpu); on a GPU as the native engine has it: deterministic, without TF32.
"""

import json
import signal
import sys
import time

import torch
from torch import nn

# A process whose reader is gone ends without a word.
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(0)
device = torch.device(sys.argv[2] if len(sys.argv) > 2 else "cpu")
if device.type == "cuda":
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.deterministic = True


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.residual = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs),
        )
        self.shortcut = nn.Identity() if inputs == outputs else nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
        )

    def forward(self, x):
        return torch.relu_(self.residual(x) + self.shortcut(x))


def resnet18(stem):
    """Torchvision's, but for the stem."""
    widths = [64, 64, 64, 128, 128, 256, 256, 512, 512]
    blocks = [Block(a, b, 1 if a == b else 2) for a, b in zip(widths, widths[1:])]
    return nn.Sequential(*stem, nn.BatchNorm2d(64), nn.ReLU(inplace=True), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


def resnet18_224():
    first, norm, relu, *rest = resnet18([nn.Conv2d(3, 64, 7, 2, 3, bias=False)])
    return nn.Sequential(first, norm, relu, nn.MaxPool2d(3, 2, 1), *rest)


MODELS = {
    "mlp": lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10)
    ),
    "lenet": lambda: nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    ),
    # For images of 32 x 32, without pooling.
    "resnet18": lambda: resnet18([nn.Conv2d(3, 64, 3, padding=1, bias=False)]),
    "resnet18_224": resnet18_224,
}
BATCHES = {"mlp": (128, 1, 28, 28), "lenet": (128, 1, 28, 28), "resnet18": (32, 3, 32, 32), "resnet18_224": (64, 3, 224, 224)}
prepared = {}


def prepare(name, size):
    if (name, size) not in prepared:
        model = MODELS[name]().to(device)
        optimiser = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, weight_decay=1e-4)
        images = torch.rand(size, *BATCHES[name][1:], device=device)
        prepared[name, size] = model, optimiser, images, torch.arange(size, device=device) % 10
    return prepared[name, size]


def step(model, optimiser, images, labels):
    begun = time.perf_counter()
    optimiser.zero_grad()
    loss = nn.functional.cross_entropy(model(images), labels)
    loss.backward()
    optimiser.step()
    loss.item()
    return 1e3 * (time.perf_counter() - begun)


print(json.dumps({"torch": torch.__version__}), flush=True)
for line in sys.stdin:
    name, steps, *size = line.split()
    parts = prepare(name, int(size[0]) if size else BATCHES[name][0])
    warm = time.perf_counter() + (float(size[1]) / 1e3 if len(size) > 1 else 0)
    while time.perf_counter() < warm:
        step(*parts)
    begun = time.process_time()
    milliseconds = [step(*parts) for _ in range(int(steps))]
    print(json.dumps({"milliseconds": milliseconds, "processor": 1e3 * (time.process_time() - begun)}), flush=True)
