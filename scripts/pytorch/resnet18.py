"""ResNet18 in PyTorch, of any width, with either stem: torchvision's layers, names and order of parameters.

Needs: pip install torch torchvision safetensors numpy.
"""

import torch
from torch import nn
from torchvision.models.resnet import BasicBlock, ResNet


class NarrowResNet(ResNet):
    """torchvision's resnet18 with another width, and for small images ("resnet18s") with a 3x3 stem and no pooling."""

    def __init__(self, kind, width, channels, classes):
        super().__init__(BasicBlock, [2, 2, 2, 2], num_classes=classes)
        small = kind == "resnet18s"
        size, stride = (3, 1) if small else (7, 2)
        self.conv1 = nn.Conv2d(channels, width, size, stride=stride, padding=(size - 1) // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        if small:
            self.maxpool = nn.Identity()
        self.inplanes = width
        for stage in range(4):
            layer = self._make_layer(BasicBlock, width * 2**stage, 2, stride=1 if stage == 0 else 2)
            setattr(self, f"layer{stage + 1}", layer)
        self.fc = nn.Linear(8 * width, classes)


def resnet18(kind, width, channels, classes):
    """The model of our kind "resnet18" or "resnet18s"; torchvision's own where it has it."""
    if kind == "resnet18" and (width, channels) == (64, 3):
        from torchvision.models import resnet18 as original

        return original(num_classes=classes)
    return NarrowResNet(kind, width, channels, classes)


def steps(model, images, labels, count, rate, momentum=0.0, weight_decay=0.0):
    """Steps of SGD on one batch in training; the loss before each."""
    optimiser = torch.optim.SGD(model.parameters(), lr=rate, momentum=momentum, weight_decay=weight_decay)
    model.train()
    losses = []
    for _ in range(count):
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses
