import { groupBy } from "../../core/group.js";
import { counted } from "../../core/wording.js";
import { quadraticResult } from "./record.js";
import { analysesOf } from "../../reporting/evidence.js";
import type { StoredAnalysis } from "../../reporting/study-show.js";
import type { FigureData, Panel } from "../../reporting/figures/figure.js";
import type { FigureEntry } from "../../reporting/study-show.js";
import { marked } from "../../reporting/figures/marked.js";
import { sampled, type Place } from "../../reporting/figures/thin.js";
import * as words from "../../reporting/figures/figure-texts.js";
import { enumerated, short } from "../../reporting/figures/figure-texts.js";
import { methodTitle } from "../../reporting/method-title.js";

type Quadratic = StoredAnalysis<typeof quadraticResult>;
const FAMILIES = { top: "Mean curvatures 0.3 and 14", bottom: "Mean curvatures 0.02 and 14" } as const;
type Family = keyof typeof FAMILIES;
const ORDER = ["metamd", "sgd", "sgd_momentum", "adam"];
/** Shares of the start's sub-optimality that contours are drawn at. */
const LEVELS = [1, 0.3, 0.1, 0.03, 0.01];

export const fig1: FigureEntry = {
  title: "Trajectories on two families of quadratics",
  shows:
    "The way of every method on one task of each family, with lines of equal value, and its iterations until it stops.",
  experiment: "E1",
  needs: "analyses of the quadratic study",
  width: "double",
  draw(evidence) {
    const all = analysesOf(evidence, quadraticResult);
    if (all.length === 0)
      return words.notRun("no record of the quadratic study", "metamd quadratic --config configs/quadratic.yaml");
    const tuned = all.filter(({ record }) => record.variant === "tuned").sort((a, b) => place(a) - place(b));
    const shown = tuned.length > 0 ? tuned : all;
    const families = (Object.keys(FAMILIES) as Family[]).filter((family) =>
      shown.some((one) => one.record.family === family),
    );
    const counts = new Map(shown.map((one) => [one, firstTask(one)]));
    const methods = [...groupBy(shown, ({ record }) => record.method)];
    const said = families.map((family) => {
      const here = shown.filter(({ record }) => record.family === family);
      const each = here.map((one) => `${methodTitle(one.record.method)} ${counts.get(one)!.said}`);
      return `${FAMILIES[family]}: ${each.join(", ")} iterations`;
    });
    const { preset, numerics, tasks } = shown[0]!.record;
    return marked(
      {
        title: fig1.title,
        alt: `Trajectories of ${counted(methods.length, "method")} on one task a family. ${said.join(". ")}.`,
        caption:
          `Task 0 of ${counted(tasks, "test task")} a family; ${enumerated(families.map((family) => FAMILIES[family].toLowerCase()))}. ` +
          "Behind each method: its iterations on these tasks. Cross: the minimum; grey: equal values. Axes are scaled apart. " +
          `Points nearer than 0.2 % of the frame to the line are left out. Preset ${preset}.`,
        columns: { single: 1, double: 2 },
        panels: families.map((family) =>
          panelOf(
            family,
            shown.filter(({ record }) => record.family === family),
          ),
        ),
        legend: methods.map(([method, ones]) => ({
          method,
          name: `${methodTitle(method)} (${ones.map((one) => counts.get(one)!.said).join(" | ")})`,
        })),
        data: [tasksData(all), summaryData(shown, families), trajectoryData(shown)],
      },
      numerics,
    );
  },
};

const place = ({ record }: Quadratic): number =>
  10 * Object.keys(FAMILIES).indexOf(record.family) + (ORDER.indexOf(record.method) + 1 || 9);

/** Iterations on the displayed task; "over" where the cap ended them. */
function firstTask({ store, record }: Quadratic): { readonly iterations: number; readonly said: string } {
  const row = store.series<typeof quadraticResult>(record, "tasks").find(({ task }) => task === 0);
  const iterations = row?.["iterations"] ?? NaN;
  return { iterations, said: row?.["converged"] === 0 ? `over ${iterations}` : String(iterations) };
}

function panelOf(family: Family, all: readonly Quadratic[]): Panel {
  const paths = all.map(({ store, record }) => ({
    record,
    method: record.method,
    steps: store
      .series<typeof quadraticResult>(record, "trajectory")
      .filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y)),
  }));
  const { q, b } = all[0]!.record.problem;
  const target = { x: b[0]! / (2 * q[0]!), y: b[1]! / (2 * q[1]!) };
  const points = paths.flatMap(({ method, steps }) => steps.map((step) => ({ method, x: step["x"]!, y: step["y"]! })));
  const start = points[0] ?? target;
  const above = q[0]! * (start.x - target.x) ** 2 + q[1]! * (start.y - target.y) ** 2;
  return {
    title: FAMILIES[family],
    kind: "line",
    points,
    target,
    x: { title: "First parameter", scale: "linear", domain: framed([...points.map(({ x }) => x), target.x]) },
    y: { title: "Second parameter", scale: "linear", domain: framed([...points.map(({ y }) => y), target.y]) },
    contours: LEVELS.map((level) =>
      ring(target, Math.sqrt((level * above) / q[0]!), Math.sqrt((level * above) / q[1]!)),
    ),
    marked: paths.flatMap(({ method, steps }) =>
      sampled(steps, 4).map((step) => ({
        method,
        x: step["x"]!,
        y: step["y"]!,
        says: `${methodTitle(method)} after ${step["step"]!} iterations: (${short(step["x"]!)}, ${short(step["y"]!)})`,
      })),
    ),
    ends: [],
  };
}

/** A frame with air around values. */
function framed(values: readonly number[]): [number, number] {
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const air = (high - low) * 0.08 || 1;
  return [low - air, high + air];
}

const ring = ({ x, y }: Place, across: number, up: number): Place[] =>
  Array.from({ length: 73 }, (_none, i) => ({
    x: x + across * Math.cos((i * Math.PI) / 36),
    y: y + up * Math.sin((i * Math.PI) / 36),
  }));

function tasksData(all: readonly Quadratic[]): FigureData {
  return {
    name: "fig1",
    columns: ["family", "task", "method", "lr", "iterations", "state", "variant"],
    rows: all.flatMap(({ store, record: one }) =>
      store.series<typeof quadraticResult>(one, "tasks").map(({ task, iterations, converged }) => ({
        family: one.family,
        task,
        method: one.method,
        lr: one.learningRate,
        iterations,
        state: converged === 1 ? "converged" : "stopped",
        variant: one.variant,
      })),
    ),
  };
}

/** A win: no method needs fewer iterations on the task. */
function summaryData(all: readonly Quadratic[], families: readonly Family[]): FigureData {
  const needed = all.map((one) => ({
    ...one.record,
    iterations: new Map(
      one.store.series<typeof quadraticResult>(one.record, "tasks").map((row) => [row["task"]!, reached(row)]),
    ),
  }));
  const rows = [...groupBy(needed, ({ method }) => method)].map(([method, ones]) => {
    const cells = ones.flatMap((one) => {
      const rivals = needed.filter(({ family }) => family === one.family);
      const wins = [...one.iterations].filter(
        ([task, count]) =>
          Number.isFinite(count) && rivals.every(({ iterations }) => count <= (iterations.get(task) ?? Infinity)),
      ).length;
      return [
        [`${one.family}_mean`, one.meanIterations],
        [`${one.family}_median`, one.medianIterations],
        [`${one.family}_wins`, wins],
      ] as const;
    });
    return { method, ...Object.fromEntries(cells) };
  });
  const columns = families.flatMap((family) => ["mean", "median", "wins"].map((what) => `${family}_${what}`));
  return { name: "fig1_summary", columns: ["method", ...columns], rows };
}

const reached = (row: Readonly<Record<string, number | undefined>>): number =>
  row["converged"] === 0 ? Infinity : row["iterations"]!;

function trajectoryData(all: readonly Quadratic[]): FigureData {
  return {
    name: "fig1_traj",
    columns: ["family", "method", "step", "x", "y"],
    rows: all.flatMap(({ store, record: { family, method }, record }) =>
      store
        .series<typeof quadraticResult>(record, "trajectory")
        .map(({ step, x, y }) => ({ family, method, step, x, y })),
    ),
  };
}
