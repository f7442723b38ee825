"""Check values of the Gaussian process behind `tuning.strategy: bayes`, from BoTorch; written to test/golden/gp-ucb.json.

    python3 -m venv botorch && botorch/bin/pip install botorch==0.18.1
    botorch/bin/python scripts/golden/gp_ucb.py > test/golden/gp-ucb.json

All in float64. Outcomes are standardised by BoTorch's Standardize. Models are BoTorch's SingleTaskGP with the two sets of
priors; that of 2021 is given an RBF kernel in place of Matern-5/2, as metamd has it.
"""

import json
import math
import sys
import warnings

import botorch
import gpytorch
import torch
from botorch.acquisition.analytic import UpperConfidenceBound
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from botorch.models.transforms.outcome import Standardize
from botorch.models.utils.gpytorch_modules import (
    MIN_INFERRED_NOISE_LEVEL,
    get_covar_module_with_dim_scaled_prior,
    get_gaussian_likelihood_with_gamma_prior,
    get_gaussian_likelihood_with_lognormal_prior,
)
from gpytorch.kernels import RBFKernel, ScaleKernel
from gpytorch.mlls import ExactMarginalLogLikelihood
from gpytorch.priors.torch_priors import GammaPrior
from scipy.optimize import minimize

warnings.simplefilter("ignore")
torch.set_default_dtype(torch.float64)

GRID = [[i / 4, j / 4] for i in range(5) for j in range(5)]
FINE = [[i / 40, j / 40] for i in range(41) for j in range(41)]
BETAS = [0.1, 2.0]


def covariance(prior):
    if prior == "botorch-2024":
        return get_covar_module_with_dim_scaled_prior(ard_num_dims=2)
    kernel = RBFKernel(ard_num_dims=2, lengthscale_prior=GammaPrior(3.0, 6.0))
    return ScaleKernel(kernel, outputscale_prior=GammaPrior(2.0, 0.15))


def model_of(prior, x, y):
    if prior == "botorch-2024":
        likelihood = get_gaussian_likelihood_with_lognormal_prior()
    else:
        likelihood = get_gaussian_likelihood_with_gamma_prior()
    return SingleTaskGP(
        x, y, likelihood=likelihood, covar_module=covariance(prior), outcome_transform=Standardize(m=1)
    )


def hyperparameters(model):
    kernel = model.covar_module
    return {
        "lengthscales": (kernel.base_kernel if scaled(model) else kernel).lengthscale.flatten().tolist(),
        "outputscale": kernel.outputscale.item() if scaled(model) else 1.0,
        "noise": model.likelihood.noise.item(),
        "mean": model.mean_module.constant.item(),
    }


def assign(model, held):
    kernel = model.covar_module
    (kernel.base_kernel if scaled(model) else kernel).lengthscale = held["lengthscales"]
    if scaled(model):
        kernel.outputscale = held["outputscale"]
    model.likelihood.noise = held["noise"]
    model.mean_module.constant.data.fill_(held["mean"])


def log_posterior(model):
    """Log marginal likelihood plus log priors; gpytorch divides it by the number of observations."""
    mll = ExactMarginalLogLikelihood(model.likelihood, model)
    model.train()
    value = mll(model(*model.train_inputs), model.train_targets).item() * len(model.train_targets)
    model.eval()
    return value


def converge(model, mll):
    """From BoTorch's fit on to the maximum of the same objective, over logarithms. BoTorch steps in the parameters
    themselves, where the noise is so badly scaled that L-BFGS-B ends with a gradient that is not small."""
    model.train()
    names = [name for name, _ in model.named_parameters()]

    def values():
        held = {}
        for name, raw in model.named_parameters():
            constraint = model.constraint_for_parameter_name(name)
            held[name] = (raw, raw if constraint is None or "constant" in name else constraint.transform(raw))
        return held

    def flat():
        return [
            x for name, (_, v) in values().items() for x in (v if "constant" in name else v.log()).flatten().tolist()
        ]

    def objective(x):
        place = 0
        with torch.no_grad():
            for name, raw in model.named_parameters():
                part = torch.tensor(x[place : place + raw.numel()]).view(raw.shape)
                place += raw.numel()
                if "constant" not in name:
                    constraint = model.constraint_for_parameter_name(name)
                    part = constraint.inverse_transform(part.exp().clamp_min(constraint.lower_bound * (1 + 1e-12)))
                raw.copy_(part)
        model.zero_grad()
        loss = -mll(model(*model.train_inputs), model.train_targets) * len(model.train_targets)
        gradients = torch.autograd.grad(loss, [p for _, p in model.named_parameters()])
        slopes = []
        for name, gradient in zip(names, gradients):
            raw, value = values()[name]
            if "constant" not in name:
                (rate,) = torch.autograd.grad(value.sum(), raw)
                gradient = gradient * value.detach() / rate
            slopes += gradient.flatten().tolist()
        return loss.item(), slopes

    start = flat()
    lowest = {"noise": math.log(MIN_INFERRED_NOISE_LEVEL), "lengthscale": math.log(0.025)}
    bounds = []
    for name, raw in model.named_parameters():
        low = next((v for k, v in lowest.items() if k in name and (k == "noise" or not scaled(model))), None)
        bounds += [(low, None)] * raw.numel()
    options = {"ftol": 1e-16, "gtol": 1e-9, "maxiter": 1000}
    result = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    objective(result.x)
    model.eval()


def scaled(model):
    return isinstance(model.covar_module, ScaleKernel)


def predictions(model):
    """On the standardised scale, noise-free; and the acquisition as BoTorch has it, on the scale of the outcomes."""
    model.eval()
    grid, fine = torch.tensor(GRID), torch.tensor(FINE)
    with torch.no_grad():
        posterior = gpytorch.models.ExactGP.__call__(model, grid)
        argmax = {}
        for beta in BETAS:
            values = UpperConfidenceBound(model, beta=beta)(fine.unsqueeze(1))
            best = int(values.argmax())
            argmax[str(beta)] = {"x": FINE[best], "value": values[best].item()}
    return {"mean": posterior.mean.tolist(), "variance": posterior.variance.tolist(), "argmax": argmax}


def case(name, prior, x, y):
    x, y = torch.tensor(x), torch.tensor(y).unsqueeze(-1)
    model = model_of(prior, x, y)
    start = {"hyperparameters": hyperparameters(model), "logPosterior": log_posterior(model)}
    held = {"lengthscales": [0.4, 0.7], "outputscale": 1.2, "noise": 0.05, "mean": 0.1}
    if prior == "botorch-2024":
        held["outputscale"] = 1.0
    assign(model, held)
    fixed = {"hyperparameters": held, "logPosterior": log_posterior(model), **predictions(model)}
    model = model_of(prior, x, y)
    mll = ExactMarginalLogLikelihood(model.likelihood, model)
    fit_gpytorch_mll(mll)
    fitted = {"hyperparameters": hyperparameters(model), "logPosterior": log_posterior(model)}
    converge(model, mll)
    converged = {
        "hyperparameters": hyperparameters(model),
        "logPosterior": log_posterior(model),
        **predictions(model),
    }
    return {
        "name": name,
        "prior": prior,
        "x": x.tolist(),
        "y": y.flatten().tolist(),
        "start": start,
        "fixed": fixed,
        "fitted": fitted,
        "converged": converged,
    }


def ridge(x):
    """An accuracy that falls off from a best learning rate and hardly depends on the weight decay."""
    return 0.1 + 0.85 * math.exp(-12 * (x[0] - 0.62) ** 2) - 0.05 * (x[1] - 0.4) ** 2


def cliff(x):
    """Rises with the learning rate and falls to chance where runs diverge."""
    return 0.1 if x[0] > 0.75 + 0.1 * x[1] else 0.1 + 0.8 * x[0]


def datasets():
    sobol = torch.quasirandom.SobolEngine(2, scramble=True, seed=7).draw(20, dtype=torch.float64).tolist()
    return {
        "specification": ([[0.1, 0.2], [0.5, 0.9], [0.8, 0.3], [0.35, 0.55]], [0.71, 0.78, 0.55, 0.83]),
        "ridge, 8 points": (sobol[:8], [ridge(x) for x in sobol[:8]]),
        "ridge, 20 points": (sobol, [ridge(x) for x in sobol]),
        "cliff, 14 points": (sobol[:14], [cliff(x) for x in sobol[:14]]),
    }


versions = {"python": sys.version.split()[0]} | {m.__name__: m.__version__ for m in (botorch, gpytorch, torch)}
made_by = "scripts/golden/gp_ucb.py: " + ", ".join(f"{name} {version}" for name, version in versions.items())
json.dump(
    {
        "made by": made_by,
        "grid": GRID,
        "fineSteps": 40,
        "sobol": torch.quasirandom.SobolEngine(2).draw(32, dtype=torch.float64).tolist(),
        "cases": [
            case(name, prior, *data)
            for name, data in datasets().items()
            for prior in ("botorch-2021", "botorch-2024")
        ],
    },
    sys.stdout,
    indent=1,
)
print()
