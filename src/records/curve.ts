import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { readFileSync } from "node:fs";
import { EXIT, UserError } from "../core/errors.js";

/** A row of a curve, numbers by name; what was not measured at this row is absent. */
export type CurveRow = Readonly<Record<string, number | undefined>>;

/** A row of a training run's curve. Accuracies are shares, measured at evaluations only. */
export type TrainingCurveRow = {
  readonly step: number;
  /** Passes over the training split so far. */
  readonly epoch: number;
  /** Mini-batch loss of this step. */
  readonly trainLoss: number;
  readonly validationAccuracy?: number | undefined;
  readonly testAccuracy?: number | undefined;
  /** Since the run began, pauses left out. */
  readonly wallMilliseconds: number;
};

/** Writes rows as CSV under the names of all of them; numbers keep every digit, absent ones are empty. */
export function formatCurve(rows: readonly CurveRow[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return stringify([names, ...rows.map((row) => names.map((name) => row[name]?.toString() ?? ""))]);
}

/** Reads what `formatCurve` wrote. @throws UserError (data) that names the file. */
export function readCurve(path: string): CurveRow[] {
  const fault = (given: string): UserError =>
    new UserError(EXIT.data, {
      where: path,
      given,
      accepted: "a curve: CSV with a heading and numbers",
      remedy: "delete the run's folder and run again",
    });
  let records: string[][];
  try {
    records = parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw fault((error as Error).message);
  }
  const [names = [], ...rows] = records;
  return rows.map((row, i) =>
    Object.fromEntries(
      names.map((name, column) => {
        const text = row[column]!;
        const value = text === "" ? undefined : Number(text);
        if (Number.isNaN(value) && text !== "NaN") throw fault(`line ${i + 2}: ${name} is ${JSON.stringify(text)}`);
        return [name, value];
      }),
    ),
  );
}
