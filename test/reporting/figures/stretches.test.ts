import { expect, test } from "vitest";
import { stretchesOf } from "../../../src/reporting/figures/stretches.js";

const line = (method: string, ...places: [number, number][]): { method: string; x: number; y: number }[] =>
  places.map(([x, y]) => ({ method, x, y }));
const shown = (all: ReturnType<typeof stretchesOf>): unknown =>
  all.map(({ points, of, place }) => [points[0]!.method, points.map(({ x, y }) => [x, y]), place, of]);

test("lines that are equal share every stretch, each with a turn of its own", () => {
  const places: [number, number][] = [
    [0, 1],
    [1, 2],
  ];
  expect(shown(stretchesOf([line("a", ...places), line("b", ...places), line("c", [0, 1], [1, 3])], false))).toEqual([
    ["a", places, 0, 2],
    ["b", places, 1, 2],
    [
      "c",
      [
        [0, 1],
        [1, 3],
      ],
      0,
      1,
    ],
  ]);
});

test("a line is taken apart where another leaves it", () => {
  const all = stretchesOf([line("a", [0, 0], [1, 1], [2, 2]), line("b", [0, 0], [1, 1], [2, 5])], false);
  expect(shown(all)).toEqual([
    [
      "a",
      [
        [0, 0],
        [1, 1],
      ],
      0,
      2,
    ],
    [
      "a",
      [
        [1, 1],
        [2, 2],
      ],
      0,
      1,
    ],
    [
      "b",
      [
        [0, 0],
        [1, 1],
      ],
      1,
      2,
    ],
    [
      "b",
      [
        [1, 1],
        [2, 5],
      ],
      0,
      1,
    ],
  ]);
});

test("staircases share a tread although their points lie elsewhere; what rises stands alone", () => {
  const all = stretchesOf([line("a", [1, 0], [3, 1], [4, 1]), line("b", [1, 0], [2, 1], [4, 1])], true);
  expect(shown(all)).toEqual([
    [
      "a",
      [
        [1, 0],
        [2, 0],
      ],
      0,
      2,
    ],
    [
      "a",
      [
        [2, 0],
        [3, 0],
        [3, 1],
      ],
      0,
      1,
    ],
    [
      "a",
      [
        [3, 1],
        [4, 1],
      ],
      0,
      2,
    ],
    [
      "b",
      [
        [1, 0],
        [2, 0],
      ],
      1,
      2,
    ],
    [
      "b",
      [
        [2, 0],
        [2, 1],
        [3, 1],
      ],
      0,
      1,
    ],
    [
      "b",
      [
        [3, 1],
        [4, 1],
      ],
      1,
      2,
    ],
  ]);
});

test("a line of one point stays", () => {
  expect(shown(stretchesOf([line("a", [1, 2])], true))).toEqual([["a", [[1, 2]], 0, 1]]);
});
