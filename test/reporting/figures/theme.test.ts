import { describe, expect, it } from "vitest";
import { METHOD_IDS } from "../../../src/optimisers/index.js";
import { NEUTRAL, styleOf, themeDeclarations, variableOf } from "../../../src/reporting/figures/theme.js";

type Triple = readonly [number, number, number];
const IDENTITY = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
] as const;
/** Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB. */
const SIGHTS: Readonly<Record<string, readonly Triple[]>> = {
  usual: IDENTITY,
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
/** What the paper's experiments compare. */
const COMPARED = [
  ["metamd", "sgd", "sgd_momentum", "adam"],
  ["sgd", "sgd_momentum", "adam", "rmsprop", "l2o", "meta_curvature", "metamd"],
  ["kfac", "sgd_momentum", "adam", "adamw", "power_sign", "add_sign", "meta_sgd", "metamd"],
  ["sgd_momentum", "adam", "power_sign", "add_sign", "meta_sgd", "aruba", "aruba_plus", "meta_curvature", "metamd"],
];

const linear = (hex: string): Triple =>
  [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as unknown as Triple;
const dot = (a: Triple, b: Triple): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const seen = (rgb: Triple, sight: readonly Triple[]): Triple =>
  sight.map((row) => Math.min(1, Math.max(0, dot(row, rgb)))) as unknown as Triple;

/** OKLab (Ottosson, 2020), times 100. */
function oklab(rgb: Triple): Triple {
  const l = Math.cbrt(dot([0.4122214708, 0.5363325363, 0.0514459929], rgb));
  const m = Math.cbrt(dot([0.2119034982, 0.6806995451, 0.1073969566], rgb));
  const s = Math.cbrt(dot([0.0883024619, 0.2817188376, 0.6299787005], rgb));
  const rows: Triple[] = [
    [0.2104542553, 0.793617785, -0.0040720468],
    [1.9779984951, -2.428592205, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.808675766],
  ];
  return rows.map((row) => 100 * dot(row, [l, m, s])) as unknown as Triple;
}

function difference(a: string, b: string, sight: readonly Triple[]): number {
  const [x, y] = [a, b].map((hex) => oklab(seen(linear(hex), sight))) as [Triple, Triple];
  return Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
}

const contrast = (a: string, b: string): number => {
  const [low, high] = [a, b].map((hex) => dot([0.2126, 0.7152, 0.0722], linear(hex))).sort((x, y) => x - y) as [
    number,
    number,
  ];
  return (high + 0.05) / (low + 0.05);
};

const pairs = <Value>(values: readonly Value[]): [Value, Value][] =>
  values.flatMap((a, i) => values.slice(i + 1).map((b): [Value, Value] => [a, b]));

describe("the looks of methods", () => {
  it("differ in dash or marker, whatever the colours", () => {
    for (const [a, b] of pairs(METHOD_IDS.map((id) => styleOf(id))))
      expect(`${a.dash} ${a.marker}`).not.toBe(`${b.dash} ${b.marker}`);
  });

  it.each(Object.entries(SIGHTS))("differ in colour where they are compared, on light and dark: %s", (_name, sight) => {
    for (const [a, b] of COMPARED.flatMap((methods) => pairs(methods)))
      for (const shade of ["colour", "dark"] as const)
        expect(difference(styleOf(a)[shade], styleOf(b)[shade], sight), `${a} and ${b}, ${shade}`).toBeGreaterThan(6);
  });

  it("stand out from the background, as text does", () => {
    for (const id of METHOD_IDS) {
      const { colour, dark } = styleOf(id);
      expect(contrast(colour, NEUTRAL.paper.colour), id).toBeGreaterThan(3);
      expect(contrast(dark, NEUTRAL.paper.dark), id).toBeGreaterThan(3);
    }
    for (const text of [NEUTRAL.ink, NEUTRAL.muted]) {
      expect(contrast(text.colour, NEUTRAL.paper.colour)).toBeGreaterThan(4.5);
      expect(contrast(text.dark, NEUTRAL.paper.dark)).toBeGreaterThan(4.5);
    }
  });

  it("of a variant are its method's colours, with a dash and a marker of its own", () => {
    for (const id of ["direct", "momentum", "gamma-0", "raw", "neumann-20"].map((name) => `metamd/${name}`)) {
      const { colour, dark, dash, marker } = styleOf(id);
      expect({ colour, dark }).toEqual({ colour: styleOf("metamd").colour, dark: styleOf("metamd").dark });
      expect(dash).toBeInstanceOf(Array);
      expect(marker).toMatch(/^[a-z-]+$/);
      expect(variableOf(id)).toBe("--figure-metamd");
    }
  });

  it("of a plug-in's method are those of its plan, of its variants in the colours", () => {
    const look = { colour: "#123456", dark: "#fedcba", dash: "mixed", marker: "diamond" } as const;
    expect(styleOf("my_lion", look)).toMatchObject({
      colour: "#123456",
      dark: "#fedcba",
      marker: "diamond",
      stroke: 1,
    });
    expect(styleOf("my_lion/slow", look)).toMatchObject({ colour: "#123456", dark: "#fedcba" });
    expect(styleOf("adam", look)).toEqual(styleOf("adam"));
    const declared = themeDeclarations([{ id: "my_lion", look }, { id: "adam" }]);
    expect(declared).toContain(";--figure-my-lion:light-dark(#123456,#fedcba)");
    expect(themeDeclarations([{ id: "adam" }])).toBe(declared.replace(/;--figure-my-lion:[^;]*/, ""));
  });

  it("of an unknown method are decided by its name", () => {
    expect(styleOf("metamd_literal")).toEqual(styleOf("metamd_literal"));
    expect(styleOf("metamd_literal").colour).toMatch(/^#[0-9a-f]{6}$/);
  });
});
