"""metamd_optim.py against golden traces of the program, and what it promises beside.

Run by pytorch.test.ts, which makes the learned files: TAKE_HOME names their folder, GOLDEN the traces.
"""

import copy
import functools
import io
import json
import math
import os
import sys
import unittest

import torch

FOLDER = os.environ["TAKE_HOME"]
sys.path.insert(0, FOLDER)
from metamd_optim import Learned, LearnedOptimizer, read  # noqa: E402

with open(os.environ["GOLDEN"]) as golden:
    CASES = json.load(golden)["cases"]


@functools.lru_cache(maxsize=1024)
def noise(shape, key):
    """The golden maker's numbers in [-1, 1)."""
    i = torch.arange(math.prod(shape))
    residues = ((31 + key) * i * i + 17 * i + 101 * key) % 1009
    return (2 * residues.double() / 1009 - 1).reshape(shape)


def learned_of(case):
    return read(os.path.join(FOLDER, f"{case['model']}-{case['learner']}.safetensors"))


def options_of(case):
    options = {"lr": case["learningRate"], "weight_decay": case["weightDecay"]}
    return {**options, **{name: value for name, value in case["settings"].items() if value}}


def trace(case, dtype):
    """Displacements after each of 20 steps; after ten, the state goes through a file into a new optimiser."""
    learned = learned_of(case)
    start = {name: 0.1 * noise(tuple(shape), 500 + k) for k, (name, shape) in enumerate(learned.shapes.items())}
    held = {name: torch.nn.Parameter(value.to(dtype, copy=True)) for name, value in start.items()}
    optimizer = LearnedOptimizer(held.items(), learned, **options_of(case))
    for t in range(1, 21):
        for k, parameter in enumerate(held.values()):
            n = noise(parameter.shape, 1000 * t + k)
            parameter.grad = (0.1 * n * n * n).to(dtype)
        optimizer.step()
        yield {name: parameter.detach().double() - start[name] for name, parameter in held.items()}
        if t == 10:
            stored = io.BytesIO()
            torch.save(optimizer.state_dict(), stored)
            stored.seek(0)
            optimizer = LearnedOptimizer(held.items(), learned, **options_of(case))
            optimizer.load_state_dict(torch.load(stored))


def projection(displacement):
    return float((displacement.flatten() * noise((displacement.numel(),), 9)).sum())


class GoldenTraces(unittest.TestCase):
    def compare(self, cases, dtype, tolerance):
        self.assertGreater(len(cases), 12)
        for case in cases:
            with self.subTest(**{key: case[key] for key in ("model", "method", "settings", "weightDecay")}):
                size = sum(one["size"] for one in case["parameters"].values())
                for displacement, golden in zip(trace(case, dtype), case["steps"]):
                    ours = sum(projection(value) for value in displacement.values())
                    self.assertLess(abs(ours - golden) / size, tolerance)
                for name, golden in case["parameters"].items():
                    value = displacement[name]
                    self.assertLess(abs(projection(value) - golden["projection"]) / golden["size"], tolerance)
                    self.assertLess(abs(float(value.abs().sum()) / golden["size"] - 1), tolerance)
                    largest = max(abs(golden["last"]), golden["size"] / value.numel())
                    self.assertLess(abs(float(value.flatten()[-1]) - golden["last"]) / largest, tolerance)

    def test_double_precision(self):
        self.compare(CASES, torch.float64, 1e-6)

    def test_single_precision(self):
        self.compare([case for case in CASES if case["model"] == "mlp"], torch.float32, 1e-4)


class Promises(unittest.TestCase):
    def setUp(self):
        self.learned = read(os.path.join(FOLDER, "mlp-metamd.safetensors"))
        self.named = {
            name: torch.nn.Parameter(noise(tuple(shape), k).clone()) for k, (name, shape) in enumerate(self.learned.shapes.items())
        }

    def test_what_was_not_learned_takes_the_plain_step(self):
        own = torch.nn.Parameter(torch.ones(3))
        optimizer = LearnedOptimizer([*self.named.items(), ("mine", own)], self.learned, lr=0.5, weight_decay=0.1)
        self.assertEqual([name for name in optimizer.outside if not name.endswith("bias")], ["mine"])
        own.grad = torch.ones(3)
        optimizer.step()
        self.assertTrue(torch.allclose(own.detach(), torch.full((3,), 1 - 0.5 * 1.1)))

    def test_groups_have_rates_of_their_own(self):
        weight, bias = self.named["fc1.weight"], self.named["fc1.bias"]
        groups = [{"params": [("fc1.weight", weight)], "lr": 0.0}, {"params": [("fc1.bias", bias)]}]
        before = [weight.detach().clone(), bias.detach().clone()]
        optimizer = LearnedOptimizer(groups, self.learned, lr=1.0, weight_decay=0.0)
        weight.grad, bias.grad = torch.ones_like(weight), torch.ones_like(bias)
        torch.optim.lr_scheduler.StepLR(optimizer, 1)
        optimizer.step()
        self.assertTrue(torch.equal(weight.detach(), before[0]))
        self.assertTrue(torch.equal(bias.detach(), before[1] - 1))

    def test_its_own_rate_is_the_default(self):
        group = LearnedOptimizer(self.named.items(), self.learned).param_groups[0]
        self.assertEqual((group["lr"], group["weight_decay"]), (0.25, 0.002))

    def test_closure_and_parameters_without_gradient(self):
        optimizer = LearnedOptimizer(self.named.items(), self.learned)
        before = self.named["fc2.weight"].detach().clone()

        def closure():
            optimizer.zero_grad()
            loss = self.named["fc1.weight"].square().sum()
            loss.backward()
            return loss

        first, second = optimizer.step(closure), optimizer.step(closure)
        self.assertLess(second.item(), first.item())
        self.assertTrue(torch.equal(self.named["fc2.weight"].detach(), before))

    def test_a_copy_goes_on_like_the_original(self):
        optimizer = LearnedOptimizer(self.named.items(), self.learned, momentum=0.9)
        for _ in range(2):
            for parameter in self.named.values():
                parameter.grad = torch.ones_like(parameter)
            optimizer.step()
            optimizer = copy.deepcopy(optimizer)
            self.named = dict(zip(optimizer.param_groups[0]["names"], optimizer.param_groups[0]["params"]))
        self.assertIn("velocity", optimizer.state[self.named["fc1.weight"]])

    def test_refusals(self):
        pairs = list(self.named.items())
        other = [("fc3.weight", torch.nn.Parameter(torch.zeros(7, 12)))]

        def refused(message, make):
            with self.assertRaisesRegex(ValueError, message):
                make()

        refused("without names", lambda: LearnedOptimizer(self.named.values(), self.learned))
        refused(r"fc3.weight is \[7, 12\], but was learned as", lambda: LearnedOptimizer(other, self.learned))
        refused("no parameter has learned values", lambda: LearnedOptimizer([("x", other[0][1])], self.learned))
        refused("coefficient: rule metamd has none", lambda: LearnedOptimizer(pairs, self.learned, coefficient=1.0))
        refused("isotropic: rule metamd has none", lambda: LearnedOptimizer(pairs, self.learned, isotropic=True))
        refused("lr is below 0", lambda: LearnedOptimizer(pairs, self.learned, lr=-1.0))
        state = LearnedOptimizer(pairs[:3], self.learned).state_dict()
        refused("state of other names", lambda: LearnedOptimizer(pairs[1:4], self.learned).load_state_dict(state))
        taken = LearnedOptimizer([*pairs[:2], *other], self.learned, outside=["fc3.weight"])
        self.assertEqual(taken.outside, ["fc1.bias", "fc3.weight"])

    def test_l2o_refuses_kernels_that_it_never_saw(self):
        learned = read(os.path.join(FOLDER, "mlp-l2o.safetensors"))
        with self.assertRaisesRegex(ValueError, "convolution parameters were not learned"):
            LearnedOptimizer([("conv", torch.nn.Parameter(torch.zeros(1, 1, 3, 3)))], learned)

    def test_files_that_are_none_of_ours(self):
        path = os.path.join(FOLDER, "mlp-metamd.safetensors")
        with open(path, "rb") as file:
            whole = file.read()
        for name, data in {"cut": whole[:-8], "empty": b"", "other": whole.replace(b"metamd-pytorch", b"metamd-another")}.items():
            broken = os.path.join(FOLDER, name)
            with open(broken, "wb") as file:
                file.write(data)
            with self.assertRaisesRegex(ValueError, name):
                read(broken)

    def test_metadata_say_what_it_is(self):
        self.assertIsInstance(self.learned, Learned)
        self.assertEqual(self.learned.input_scaling["kind"], "meanstd")
        self.assertEqual(self.learned.shapes["fc1.weight"], [16, 192])


if __name__ == "__main__":
    unittest.main()
