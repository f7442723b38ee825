"""A learned optimiser in PyTorch: the update rule of a file that ``metamd export RUN --format pytorch --to DIR`` wrote.

    from metamd_optim import LearnedOptimizer

    optimizer = LearnedOptimizer.from_file("optimiser.safetensors", model.named_parameters())
    for images, labels in batches:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()

It needs nothing but torch (1.13 or later): copy this file and the ``.safetensors`` beside your own code.

Every step takes g = gradient + weight_decay * parameter, turns it into a direction d by the learned rule, and subtracts
lr * d. Parameters are known by name, so give *named* ones. What the file has no values for, such as a classifier of your
own, takes the plain step d = g. The rules:

========================  ==============================================================================================
``metamd``                d = B^-1 g A^-1 of a weight seen as a matrix out x in, A = I + a a^T, B = I + b b^T;
                          with ``momentum`` v <- momentum * v + d, and v for d
``meta_sgd``              d = alpha * g, elementwise
``meta_curvature``        d = Mo g Mi^T; of a kernel also along its places, with Mf; of a vector m * g
``aruba``                 d = sqrt(b / g_sum) * g; with ``coefficient`` c > 0 (ARUBA++) g_sum <- g_sum + c * g^2 after it
``l2o``                   d = -scale * LSTM(g): one network for kernels, another for all else
========================  ==============================================================================================
"""

from __future__ import annotations

import json
import math
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Tuple

import torch
from torch import Tensor

FORMAT, VERSION = "metamd-pytorch", "1"
DTYPES = {"F64": torch.float64, "F32": torch.float32}
# Coordinates that L2O's networks take at a time, which bounds their memory.
CHUNK = 65536


class Learned:
    """What a file holds.

    rule: which update rule it is. method, run, domains, model: what was learned, by which run, on what.
    learning_rate, weight_decay: to start with; rate_from says where they come from; rates lists all that were tuned.
    input_scaling: how images became numbers where it was learned; scale yours alike.
    shapes: of the parameters it was learned on, by name. values: by parameter (or network) and symbol.
    initial: meta-learned initial weights by name, for ``model.load_state_dict(..., strict=False)``; mostly empty.
    """

    def __init__(self, metadata: Mapping[str, str], tensors: Mapping[str, Tensor]):
        self.rule: str = metadata["rule"]
        self.method: str = metadata["method"]
        self.run: str = metadata["run"]
        self.domains: List[str] = json.loads(metadata["domains"])
        self.model: Dict[str, Any] = json.loads(metadata["model"])
        self.learning_rate = float(metadata["learningRate"])
        self.weight_decay = float(metadata["weightDecay"])
        self.rate_from: str = metadata["rateFrom"]
        self.rates: List[Dict[str, Any]] = json.loads(metadata["rates"])
        self.input_scaling: Dict[str, Any] = json.loads(metadata["inputScaling"])
        self.shapes: Dict[str, List[int]] = json.loads(metadata["parameters"])
        self.values: Dict[str, Dict[str, Tensor]] = {}
        self.initial: Dict[str, Tensor] = {}
        for name, tensor in tensors.items():
            group, symbol = name.rsplit("/", 1)
            if symbol == "initial":
                self.initial[group] = tensor
            else:
                self.values.setdefault(group, {})[symbol] = tensor

    def group(self, name: str, shape: Iterable[int]) -> Optional[str]:
        """The key in ``values`` that serves a parameter; None where it takes the plain step.

        Raises ValueError where the file has values for this name, but of another shape.
        """
        shape = list(shape)
        if self.rule == "l2o":
            network = "convolution" if len(shape) == 4 else "linear"
            if network not in self.values:
                raise ValueError(f"{name}: {network} parameters were not learned; name it in outside=[...] for the plain step")
            return network
        if name not in self.values:
            return None
        if shape != self.shapes[name]:
            raise ValueError(
                f"{name} is {shape}, but was learned as {self.shapes[name]}; name it in outside=[...] for the plain step"
            )
        return name


def read(path: str) -> Learned:
    """Reads a file of ``metamd export --format pytorch``. Raises ValueError when it is another one, or damaged."""
    with open(path, "rb") as file:
        data = bytearray(file.read())
    try:
        start = 8 + int.from_bytes(data[:8], "little")
        header = json.loads(data[8:start].decode("utf-8"))
        metadata = header.pop("__metadata__", {})
        tensors = {}
        for name, entry in header.items():
            begin, end = entry["data_offsets"]
            dtype, count = DTYPES[entry["dtype"]], math.prod(entry["shape"])
            if end - begin != count * torch.empty((), dtype=dtype).element_size() or start + end > len(data):
                raise ValueError(f"tensor {name} is cut off")
            values = torch.frombuffer(data, dtype=dtype, count=count, offset=start + begin)
            tensors[name] = values.reshape(entry["shape"]).clone()
    except (KeyError, ValueError, TypeError) as error:
        raise ValueError(f"{path}: not a safetensors file, or a damaged one: {error}") from error
    if metadata.get("format") != FORMAT or metadata.get("schemaVersion") != VERSION:
        found = f"{metadata.get('format')} {metadata.get('schemaVersion')}"
        raise ValueError(f"{path}: {found}, but this file reads {FORMAT} {VERSION}: metamd export RUN --format pytorch")
    return Learned(metadata, tensors)


class LearnedOptimizer(torch.optim.Optimizer):
    """Applies a learned update rule.

    params: (name, parameter) pairs as ``model.named_parameters()`` gives them, or groups
        ``{"params": pairs, "lr": ...}``; every option below but outside and isotropic may differ between groups.
    learned: what ``read`` gives; ``from_file`` takes the path instead.
    lr, weight_decay: by default those of the file. lr is what a scheduler of torch changes.
    momentum: of rule metamd, in [0, 1).
    coefficient: c >= 0 of rule aruba; 1 is ARUBA++.
    isotropic: of rule aruba: one rate for all coordinates.
    outside: names of parameters that take the plain step though the file has values for them.

    Raises ValueError for unnamed parameters, an option that the rule does not have, a parameter of another shape than it was
    learned with, and where no parameter at all has learned values.
    """

    def __init__(
        self,
        params: Iterable[Any],
        learned: Learned,
        lr: Optional[float] = None,
        weight_decay: Optional[float] = None,
        momentum: float = 0.0,
        coefficient: float = 0.0,
        isotropic: bool = False,
        outside: Iterable[str] = (),
    ):
        self.learned = learned
        self.isotropic = isotropic
        self._outside = frozenset(outside)
        self._placed: Dict[Any, Dict[str, Tensor]] = {}
        if isotropic and learned.rule != "aruba":
            raise ValueError(f"isotropic: rule {learned.rule} has none")
        defaults = {
            "lr": learned.learning_rate if lr is None else lr,
            "weight_decay": learned.weight_decay if weight_decay is None else weight_decay,
            "momentum": momentum,
            "coefficient": coefficient,
        }
        super().__init__(params, defaults)
        names = [name for group in self.param_groups for name in group["names"]]
        if len(self.outside) == len(names):
            known = ", ".join(learned.values)
            raise ValueError(f"no parameter has learned values: given {', '.join(names)}; learned {known}")

    @classmethod
    def from_file(cls, path: str, params: Iterable[Any], **options: Any) -> "LearnedOptimizer":
        """Reads the file and makes an optimiser of it. options: those of the class."""
        return cls(params, read(path), **options)

    @property
    def outside(self) -> List[str]:
        """The names of the parameters that take the plain step."""
        pairs = [pair for group in self.param_groups for pair in zip(group["names"], group["params"])]
        return [name for name, parameter in pairs if self._serving(name, parameter) is None]

    def add_param_group(self, param_group: Dict[str, Any]) -> None:
        """Adds a group of (name, parameter) pairs, as torch's own does with parameters."""
        pairs = list(param_group["params"])
        if not all(isinstance(pair, (tuple, list)) and len(pair) == 2 and isinstance(pair[0], str) for pair in pairs):
            raise ValueError("parameters without names: give model.named_parameters()")
        names = [name for name, _ in pairs]
        for name, parameter in pairs:
            self._serving(name, parameter)
        for option, rule in (("momentum", "metamd"), ("coefficient", "aruba")):
            value = param_group.get(option, self.defaults[option])
            if value != 0 and self.learned.rule != rule:
                raise ValueError(f"{option}: rule {self.learned.rule} has none")
        for option in ("lr", "weight_decay", "momentum", "coefficient"):
            if param_group.get(option, self.defaults[option]) < 0:
                raise ValueError(f"{option} is below 0")
        super().add_param_group(
            {**param_group, "params": [parameter for _, parameter in pairs], "names": names, "run": self.learned.run}
        )

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        """Goes on from what ``state_dict`` gave. Raises ValueError when it is of other parameters or another file."""
        for mine, theirs in zip(self.param_groups, state_dict["param_groups"]):
            for what in ("names", "run"):
                if mine[what] != theirs.get(what):
                    raise ValueError(f"state of other {what}: given {theirs.get(what)}, but this has {mine[what]}")
        super().load_state_dict(state_dict)

    def __getstate__(self) -> Dict[str, Any]:
        own = {"learned": self.learned, "isotropic": self.isotropic, "_outside": self._outside, "_placed": {}}
        return {**super().__getstate__(), **own}

    @torch.no_grad()
    def step(self, closure: Optional[Callable[[], Any]] = None) -> Any:
        """One step on the gradients that are there; parameters without one stay. Returns what closure gives."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        shared = self._shared_rate() if self.isotropic else None
        for group in self.param_groups:
            for name, parameter in zip(group["names"], group["params"]):
                if parameter.grad is None:
                    continue
                if parameter.grad.is_sparse:
                    raise RuntimeError(f"{name}: sparse gradients are not supported")
                gradient = parameter.grad
                if group["weight_decay"] != 0:
                    gradient = gradient.add(parameter, alpha=group["weight_decay"])
                direction = self._direction(name, parameter, gradient, group, shared)
                if group["momentum"] != 0:
                    direction = self._velocity(parameter, direction, group["momentum"])
                parameter.sub_(group["lr"] * direction)
        return loss

    def _serving(self, name: str, parameter: Tensor) -> Optional[str]:
        return None if name in self._outside else self.learned.group(name, parameter.shape)

    def _direction(
        self, name: str, parameter: Tensor, gradient: Tensor, group: Dict[str, Any], shared: Optional[Tensor]
    ) -> Tensor:
        served_by = self._serving(name, parameter)
        if served_by is None:
            return gradient
        values = self._values(served_by, parameter)
        state = self.state[parameter]
        if self.learned.rule == "metamd":
            return _metamd(gradient, **values)
        if self.learned.rule == "meta_sgd":
            return values["alpha"] * gradient
        if self.learned.rule == "meta_curvature":
            return _meta_curvature(gradient, **values)
        if self.learned.rule == "aruba":
            return _aruba(gradient, values, state, group["coefficient"], shared)
        if self.learned.rule == "l2o":
            return _l2o(gradient, values, state)
        raise ValueError(f"unknown rule {self.learned.rule}: take the metamd_optim.py that came with the file")

    def _values(self, group: str, like: Tensor) -> Dict[str, Tensor]:
        """Learned values of a parameter's type, where it lies."""
        key = (group, like.dtype, like.device)
        if key not in self._placed:
            held = self.learned.values[group]
            self._placed[key] = {symbol: value.to(like.device, like.dtype) for symbol, value in held.items()}
        return self._placed[key]

    def _velocity(self, parameter: Tensor, direction: Tensor, momentum: float) -> Tensor:
        state = self.state[parameter]
        if "velocity" not in state:
            state["velocity"] = torch.zeros_like(parameter)
        return state["velocity"].mul_(momentum).add_(direction)

    def _shared_rate(self) -> Tensor:
        """ARUBA's one rate for all coordinates: the root of the sum of b over that of g."""
        held = {}
        for group in self.param_groups:
            for name, parameter in zip(group["names"], group["params"]):
                if "g" in self.state[parameter]:
                    held[name] = self.state[parameter]["g"]
        above = sum(float(values["b"].double().sum()) for values in self.learned.values.values())
        below = sum(float(held.get(name, values["g"]).double().sum()) for name, values in self.learned.values.items())
        return torch.tensor(math.sqrt(above / below), dtype=torch.float64)


def _metamd(gradient: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """B^-1 G A^-1 by Sherman and Morrison: G is read three times and no matrix is built."""
    matrix = gradient.reshape(b.numel(), a.numel())
    a_scaled, b_scaled = a / (1 + a.dot(a)), b / (1 + b.dot(b))
    u = matrix.mv(a_scaled)
    w = matrix.t().mv(b_scaled) - b_scaled.dot(u) * a
    return (matrix - torch.outer(u, a) - torch.outer(b, w)).reshape(gradient.shape)


def _meta_curvature(
    gradient: Tensor,
    m: Optional[Tensor] = None,
    Mo: Optional[Tensor] = None,
    Mi: Optional[Tensor] = None,
    Mf: Optional[Tensor] = None,
) -> Tensor:
    """A linear map along every side: outputs (Mo), inputs (Mi) and a kernel's places (Mf); m for a vector."""
    if m is not None:
        return m * gradient
    if Mf is None:
        return Mo @ gradient @ Mi.t()
    sides = (Mo.shape[0], Mi.shape[0], Mf.shape[0])
    along_out = (Mo @ gradient.reshape(sides[0], -1)).reshape(sides)
    return (Mi @ along_out @ Mf.t()).reshape(gradient.shape)


def _aruba(
    gradient: Tensor, values: Dict[str, Tensor], state: Dict[str, Any], coefficient: float, shared: Optional[Tensor]
) -> Tensor:
    """The rate of a step is taken before its gradient is added to g."""
    if coefficient != 0 and "g" not in state:
        state["g"] = values["g"].clone()
    g = state.get("g", values["g"])
    rate = (values["b"] / g).sqrt() if shared is None else shared.to(gradient)
    direction = rate * gradient
    if coefficient != 0:
        g.add_(gradient.square(), alpha=coefficient)
    return direction


def _l2o(gradient: Tensor, values: Dict[str, Tensor], state: Dict[str, Any]) -> Tensor:
    """Two LSTM layers, the same for every coordinate, with a memory of its own for each."""
    hidden, count = values["outputWeights"].numel(), gradient.numel()
    if "h1" not in state:
        for name in ("h1", "c1", "h2", "c2"):
            state[name] = gradient.new_zeros(count, hidden)
    flat = gradient.reshape(-1)
    direction = torch.empty_like(flat)
    for start in range(0, count, CHUNK):
        part = slice(start, start + CHUNK)
        memory = [state[name][part] for name in ("h1", "c1", "h2", "c2")]
        x = _preprocessed(flat[part], values["p"])
        h1, c1 = _lstm(x, memory[0], memory[1], values["weights1"], values["bias1"])
        h2, c2 = _lstm(h1, memory[2], memory[3], values["weights2"], values["bias2"])
        direction[part] = -values["scale"] * (h2 @ values["outputWeights"] + values["outputBias"])
        for held, moved in zip(memory, (h1, c1, h2, c2)):
            held.copy_(moved)
    return direction.reshape(gradient.shape)


def _preprocessed(g: Tensor, p: Tensor) -> Tensor:
    """Size and sign of gradients on comparable scales, [n, 2]: (log|g| / p, sgn g), or (-1, e^p g) where |g| < e^-p."""
    return torch.stack([g.abs().clamp(min=float((-p).exp())).log() / p, (g * p.exp()).clamp(-1, 1)], dim=1)


def _lstm(x: Tensor, h: Tensor, c: Tensor, weights: Tensor, bias: Tensor) -> Tuple[Tensor, Tensor]:
    """Gates in the order i, j, f, o; the bias of the forget gate counts from 1."""
    i, j, f, o = (torch.cat([x, h], dim=1) @ weights + bias).chunk(4, dim=1)
    c = torch.sigmoid(f + 1) * c + torch.sigmoid(i) * torch.tanh(j)
    return torch.sigmoid(o) * torch.tanh(c), c
