import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ANALYSIS_VERSION, ANY_KIND, type AnalysisKind, type RecordOf, type SeriesOf } from "./analysis.js";
import { writeSums } from "./checksums.js";
import { formatCurve, readCurve, type CurveRow } from "./curve.js";
import { jsonText, readJson } from "./json-file.js";
import { runId } from "./plan.js";
import { writeAtomic } from "../core/files.js";
import { writing } from "./writable.js";

/** The analyses of one experiment: `<results>/<experiment>/analyses/<id>/{record.json, <series>.csv, …}`. */
export interface AnalysisStore {
  /** Ids of all finished analyses, sorted. */
  list(): string[];
  has(id: string): boolean;
  /** @throws UserError (data) when the record is missing, damaged, of another kind or of another version. */
  read<Kind extends Pick<AnalysisKind, "schema">>(kind: Kind, id: string): RecordOf<Kind>;
  /** The records of a kind, by id. */
  all<Kind extends AnalysisKind>(kind: Kind): RecordOf<Kind>[];
  series<Kind extends AnalysisKind>(record: RecordOf<Kind>, name: SeriesOf<Kind>): CurveRow[];
  /** Writes the series, then the record, which is what makes an analysis finished.
   *  @throws Error when it is finished already: results are never overwritten. */
  write<Kind extends AnalysisKind>(
    kind: Kind,
    record: RecordOf<Kind>,
    series: Readonly<Record<SeriesOf<Kind>, readonly CurveRow[]>>,
  ): void;
  /** The analysis' own folder, for checkpoints and tensors. */
  folderOf(id: string): string;
}

/** Opens the analyses of an experiment's folder, which need not exist. @param folder of the experiment. */
export function openAnalysisStore(folder: string): AnalysisStore {
  const all = join(folder, "analyses");
  const hintOf = (id: string): string => `delete ${join(all, id)}, then metamd analyse makes it again`;
  const fileOf = (id: string, name: string): string => join(all, id, name);
  const store: AnalysisStore = {
    list: () => (existsSync(all) ? readdirSync(all).filter(store.has) : []).sort(),
    has: (id) => existsSync(fileOf(id, "record.json")),
    read<Kind extends Pick<AnalysisKind, "schema">>(kind: Kind, id: string) {
      const schema: Kind["schema"] = kind.schema;
      const format = { schema, version: ANALYSIS_VERSION, what: "the record of an analysis" };
      return readJson(fileOf(id, "record.json"), format, hintOf(id));
    },
    all: (kind) =>
      store
        .list()
        .filter((id) => store.read(ANY_KIND, id).kind === kind.kind)
        .map((id) => store.read(kind, id)),
    series: ({ id }, name) => readCurve(fileOf(id, `${name}.csv`)),
    write({ schema }, record, series) {
      const id = runId.parse(record.id);
      if (store.has(id)) throw new Error(`analysis ${id} is finished; its record is never overwritten`);
      writing(folder, () => {
        const files = Object.fromEntries(
          Object.entries<readonly CurveRow[]>(series).map(([name, rows]) => [`${name}.csv`, formatCurve(rows)]),
        );
        const text = jsonText(schema, record);
        for (const [name, rows] of Object.entries(files)) writeAtomic(fileOf(id, name), rows);
        writeSums(store.folderOf(id), { ...files, "record.json": text });
        writeAtomic(fileOf(id, "record.json"), text);
      });
    },
    folderOf: (id) => join(all, id),
  };
  return store;
}

/** Names of the experiments of a results folder that have analyses. */
export function listAnalysed(results: string): string[] {
  if (!existsSync(results)) return [];
  return readdirSync(results)
    .filter((name) => openAnalysisStore(join(results, name)).list().length > 0)
    .sort();
}
