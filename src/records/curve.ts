import { stringify } from "csv-stringify/sync";
import { readFileSync } from "node:fs";
import { EXIT, UserError } from "../core/errors.js";
import { reading } from "../core/system-error.js";
import { checkSum } from "./checksums.js";

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
  const accepted = "a curve: CSV with a heading and numbers";
  const hint = "delete the run's folder and run again";
  const fault = (given: string): UserError => new UserError(EXIT.data, { where: path, given, accepted, hint });
  const bytes = reading({ where: path, accepted, hints: { ENOENT: hint }, exitCode: EXIT.data }, () =>
    readFileSync(path),
  );
  // Numbers need no quotes: several times faster than a whole CSV parser, and reports read thousands of curves.
  const [heading = "", ...lines] = bytes.toString().trimEnd().split(/\r?\n/);
  const names = heading.split(",");
  const rows = lines.map((line, i) => {
    const fields = line.split(",");
    if (fields.length !== names.length) throw fault(`line ${i + 2}: ${fields.length} values for ${names.length} names`);
    const row: Record<string, number | undefined> = {};
    for (const [column, name] of names.entries()) {
      const field = fields[column]!;
      const value = field === "" ? undefined : Number(field);
      if (Number.isNaN(value) && field !== "NaN") throw fault(`line ${i + 2}: ${name} is ${JSON.stringify(field)}`);
      row[name] = value;
    }
    return row;
  });
  checkSum(path, bytes, hint);
  return rows;
}
