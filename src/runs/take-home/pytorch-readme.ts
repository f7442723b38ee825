import type { Leaves } from "../../core/tree.js";
import { programVersion } from "../../core/files.js";
import type { ModelSettings } from "../../models/index.js";
import { OPTIMISERS, type OwnLearnerId } from "../../optimisers/index.js";
import { INITIAL } from "../../optimisers/optimiser.js";
import type { LearnedFile } from "../../records/learned.js";
import type { TakenHome } from "./pytorch-file.js";
import type { TunedRate } from "./tuned-rates.js";

/** The README of a folder for PyTorch: what it is, a program that runs as it stands, and what to know. */
export function pytorchReadme({ learned, channels, scaling, rates, start }: TakenHome): string {
  const { method, run, domains, model, settings, values } = learned;
  const { title, source } = OPTIMISERS[method as OwnLearnerId];
  const initial = Object.values(values).some((symbols) => Object.hasOwn(symbols, INITIAL));
  return `# ${title} for PyTorch

An optimiser that metamd ${programVersion()} learned (run ${run}) on ${domains.join(", ")}, with the model \`${JSON.stringify(model)}\`.
Rule: ${source}.

- \`metamd_optim.py\`: the class \`LearnedOptimizer\`, one file that needs nothing but torch 1.13 or later
- \`optimiser.safetensors\`: what was learned; its metadata say what every tensor is

## An example that runs as it stands

\`\`\`python
${example(learned, channels)}
\`\`\`

## What to know

- Learning rate ${start.learningRate} and weight decay ${start.weightDecay} are the file's (${start.from}).
  Tune them for your own data: the learned rule shapes a step, and its length still depends on the task.
- Images became numbers as ${scaling.text}. Scale yours alike.
- Parameters are known by their names and shapes: those of this model are
  ${parameterList(learned)}.
  A parameter of another name takes the plain gradient step; \`optimizer.outside\` lists them. A parameter of a known name and
  another shape is an error: \`outside=${headNames(learned)}\` gives it the plain step.
- Names with a prefix, as DistributedDataParallel makes them: give
  \`((name.removeprefix("module."), p) for name, p in model.named_parameters())\`.
- \`state_dict\` and \`load_state_dict\` work as in torch; the learned values are not in it, but in the file.
${initial ? "- The file has meta-learned initial weights: `model.load_state_dict(optimizer.learned.initial, strict=False)`.\n" : ""}${options(method as OwnLearnerId)}
${tunedTable(rates)}Settings of the meta-training: \`${JSON.stringify(settings)}\`
`;
}

const parameterList = ({ parameters }: LearnedFile): string =>
  Object.keys(parameters)
    .map((name) => `\`${name}\``)
    .join(", ");
/** The parameters of the last layer, as a list in Python. */
function headNames({ parameters }: LearnedFile): string {
  const names = Object.keys(parameters);
  const layer = names.at(-1)!.replace(/\.\w+$/, "");
  return JSON.stringify(names.filter((name) => name.startsWith(`${layer}.`)));
}

const OF_METAMD =
  "- `momentum=0.9`: heavy-ball momentum on the preconditioned gradient.\n" +
  "- A `clip` among tuned settings is `torch.nn.utils.clip_grad_norm_(model.parameters(), clip)` before a step.\n";
const OPTIONS: Partial<Readonly<Record<OwnLearnerId, string>>> = {
  metamd: OF_METAMD,
  metamd_short: OF_METAMD,
  aruba:
    "- `coefficient=1.0`: ARUBA++, which goes on learning its rates; `isotropic=True`: one rate for all coordinates.\n",
};
const options = (method: OwnLearnerId): string => OPTIONS[method] ?? "";

function tunedTable(rates: readonly TunedRate[]): string {
  if (rates.length === 0) return "";
  const rows = rates.map(
    ({ method, holdout, learningRate, weightDecay, settings }) =>
      `| ${method} | ${holdout} | ${learningRate} | ${weightDecay} | \`${JSON.stringify(settings)}\` |`,
  );
  const head = "| method | tuned on | learning rate | weight decay | settings |\n| --- | --- | --- | --- | --- |";
  return `## Tuned rates\n\n${head}\n${rows.join("\n")}\n\n`;
}

function example(learned: LearnedFile, channels: number): string {
  const model = learned.model as ModelSettings;
  const code = modelCode(model, learned.parameters, channels);
  return `import torch
from torch import nn
from metamd_optim import LearnedOptimizer

${code.definition}

torch.manual_seed(0)
model = ${code.make}
optimizer = LearnedOptimizer.from_file("optimiser.safetensors", model.named_parameters())
images = torch.rand(64, ${code.input.join(", ")})  # yours, scaled as below
labels = torch.randint(${code.classes}, (64,))
for step in range(20):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    print(step, loss.item())`;
}

/** A model as PyTorch code, with the names that the learned file knows. */
interface ModelCode {
  readonly definition: string;
  readonly make: string;
  readonly input: readonly number[];
  readonly classes: number;
}

function modelCode(model: ModelSettings, parameters: Leaves<readonly number[]>, channels: number): ModelCode {
  const weights = Object.entries(parameters).filter(([name]) => name.endsWith(".weight"));
  const classes = weights.at(-1)![1][0]!;
  switch (model.kind) {
    case "mlp": {
      const layers = weights.map(([name, shape]) => ({
        name: name.replace(".weight", ""),
        outputs: shape[0]!,
        inputs: shape[1]!,
      }));
      const side = Math.sqrt(layers[0]!.inputs / channels);
      return { definition: mlpCode(layers), make: "Mlp()", input: [channels, side, side], classes };
    }
    case "lenet":
      return { definition: lenetCode(channels, classes), make: "LeNet()", input: [channels, 28, 28], classes };
    case "resnet18":
    case "resnet18s": {
      const small = model.kind === "resnet18s";
      const make = `ResNet18(${model.width}, ${channels}, ${classes})`;
      return { definition: resnetCode(small), make, input: [channels, small ? 32 : 64, small ? 32 : 64], classes };
    }
  }
}

function mlpCode(
  layers: readonly { readonly name: string; readonly inputs: number; readonly outputs: number }[],
): string {
  const made = layers.map(({ name, inputs, outputs }) => `        self.${name} = nn.Linear(${inputs}, ${outputs})`);
  const applied = layers.slice(0, -1).map(({ name }) => `        x = torch.relu(self.${name}(x))`);
  return `
class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
${made.join("\n")}

    def forward(self, x):
        x = x.flatten(1)
${applied.join("\n")}
        return self.${layers.at(-1)!.name}(x)
`;
}

const lenetCode = (channels: number, classes: number): string => `
class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(${channels}, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, ${classes})

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = nn.functional.max_pool2d(torch.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(torch.relu(self.fc2(torch.relu(self.fc1(x)))))
`;

const resnetCode = (small: boolean): string => `from torchvision.models.resnet import BasicBlock, ResNet

class ResNet18(ResNet):
    def __init__(self, width, channels, classes):
        super().__init__(BasicBlock, [2, 2, 2, 2], num_classes=classes)
        self.conv1 = nn.Conv2d(channels, width, ${small ? "3, padding=1" : "7, stride=2, padding=3"}, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
${small ? "        self.maxpool = nn.Identity()\n" : ""}        self.inplanes = width
        for stage in range(4):
            stride = 1 if stage == 0 else 2
            setattr(self, f"layer{stage + 1}", self._make_layer(BasicBlock, width * 2**stage, 2, stride=stride))
        self.fc = nn.Linear(8 * width, classes)
`;
