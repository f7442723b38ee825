import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { expect, test } from "vitest";
import { mean, std } from "../src/core/averages.js";
import { packageRoot } from "../src/core/files.js";

// Numbers that documents repeat from the reference results: docs/RESULTS.md, which e2e/reference.test.ts compares with the
// records, and the tables that are kept with them.

const page = (path: string): string => readFileSync(join(packageRoot(), path), "utf8");
const kept = (path: string): Record<string, string>[] =>
  parse(page(join("results", "reference", path)), { columns: true });

/** The cells of a table's rows that begin with a text. */
const rowsOf = (text: string, head: RegExp): string[][] =>
  text
    .split("\n")
    .filter((line) => head.test(line))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

/** Whether a number in a document is a value, rounded as it is written. Zeros at the end of an integer are no digits. */
function isRounded(written: string, value: number): boolean {
  const [mantissa, exponent = "0"] = written.replaceAll(",", "").split("e") as [string, string?];
  const decimals = mantissa.split(".")[1]?.length ?? -/0*$/.exec(mantissa)![0].length;
  const unit = 10 ** (Number(exponent) - decimals);
  return Math.abs(Number(written.replaceAll(",", "")) - value) <= unit / 2 + 1e-9 * Math.abs(value);
}

test("numbers as they are written", () => {
  expect([isRounded("70.2", 70.2619), isRounded("70.3", 70.2619)]).toEqual([false, true]);
  expect([isRounded("3.8e-4", 0.00038324), isRounded("2,600", 2645), isRounded("2,600", 2655)]).toEqual([
    true,
    true,
    false,
  ]);
});

test("README.md: the main result is that of docs/RESULTS.md", () => {
  const said = /^On RotatedMNIST MetaMD[^]*?\n\n/m.exec(page("README.md"))![0].replace(/\s+/g, " ");
  const [long, short] = [/\+\S+ points, 95 % interval (\S+) to ([^)]+)/, /\((\+[\d.]+), (\S+) to ([^)]+)\)/].map(
    (one) => one.exec(said)!,
  );
  const results = page("docs/RESULTS.md");
  const mean = /\((\+[\d.]+) points/.exec(said)![1];
  expect(results).toContain(`| metamd          | ${mean} (${long![1]} to ${long![2]})`);
  expect(results).toContain(`| metamd_short    |         ${short![1]} (${short![2]} to ${short![3]})`);
});

test("docs/quadratic.md: iterations", () => {
  const results = rowsOf(page("docs/RESULTS.md"), /^\| (MetaMD|SGD|SGD-M|Adam) +\| +\**\d+\.\d/).slice(0, 8);
  const documented = rowsOf(page("docs/quadratic.md"), /^\| (top|bottom), .*\(0\.03\)/);
  expect(documented).toHaveLength(4);
  documented.forEach(([, ...cells], row) => {
    const [table, column] = [row < 2 ? results.slice(0, 4) : results.slice(4), row % 2 === 0 ? 1 : 5];
    const found = table.map((one) => Number(one[column]!.replaceAll("*", "")));
    cells.slice(0, 4).forEach((cell, i) => expect(isRounded(cell.split(" ")[0]!, found[i]!), cell).toBe(true));
  });
});

test("docs/hypergradient.md: cosines", () => {
  const rows = kept("hypergradient/hypergradient.csv").filter(({ mode }) => mode === "alg2");
  const documented = rowsOf(page("docs/hypergradient.md"), /^\| +\d+ \| -?[01]\.\d{3} ±/).filter(
    (row) => row.length === 9,
  );
  expect(documented).toHaveLength(8);
  for (const [horizon, ...cells] of documented) {
    const made = ["first", "learned"].flatMap((point) =>
      ["fc1.weight", "fc2.weight", "fc3.weight", "all"].map((layer) => {
        const own = rows.filter((row) => row.point === point && row.horizon === horizon && row.layer === layer);
        const cosines = own.map(({ cosine }) => Number(cosine));
        return `${mean(cosines).toFixed(3)} ± ${(std(cosines)! / Math.sqrt(cosines.length)).toFixed(3)}`;
      }),
    );
    expect(cells).toEqual(made);
  }
});

test("docs/certificate.md: both tables", () => {
  const rows = kept("certificate/certificate.csv");
  const certificate = page("docs/certificate.md");
  const agree = (cells: readonly string[], values: readonly (string | number)[]): void =>
    values.forEach((value, i) => expect(isRounded(cells[i]!, Number(value)), `${cells[i]}: ${value}`).toBe(true));
  for (const [name, ...cells] of rowsOf(certificate, /^\| (top|bottom), /)) {
    const [family, m] = name!.split(", ");
    const row = rows.find(
      (one) =>
        one.part === "A" &&
        one.setting === family &&
        one.M === (m === "learned" ? m : "identity") &&
        one.n === "32" &&
        one.T === "10000",
    )!;
    agree(cells, [row.lhs!, row.bound_corrected!, row.bound_printed!, Number(row.bound_corrected) / Number(row.lhs)]);
  }
  const digits = rowsOf(certificate, /^\| (identity|learned) +\| /);
  expect(digits).toHaveLength(4);
  for (const [m, steps, ...cells] of digits) {
    const row = rows.find((one) => one.part === "B" && one.M === m && one.T === steps!.replace(",", ""))!;
    agree(cells, [row.mean_B!, row.lhs!, row.bound_corrected!, row.bound_printed!]);
  }
});
