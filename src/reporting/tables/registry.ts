import type { Table } from "../table/table.js";

/** Trials, or a study that measures what the paper has there. */
type Source = "accuracy" | "auc" | "study";

/** One block of rows and columns of a table. */
export interface PanelEntry {
  /** Of the paper, by its place in paper-results.yaml. */
  readonly printed: { readonly table: string; readonly panel: string };
  /** What its numbers are made from. */
  readonly source: Source;
  /** The paper's experiment. */
  readonly experiment: string;
  /** Rows, where the paper's are lost. */
  readonly rows?: readonly string[];
  /** Ends the names of the rows in a CSV file that the panel shares with another. */
  readonly suffix?: string;
}

/** What a panel has of its table. */
export type PanelHead = Pick<Table, "id" | "caption"> & { readonly experiment: string; readonly suffix: string };

const table3Rows = [
  ...["sgd_momentum", "adam", "power_sign", "add_sign", "meta_sgd"],
  ...["aruba", "aruba_plus", "meta_curvature", "metamd"],
];
const main = (table: string): PanelEntry["printed"] => ({ table, panel: "main" });

/** Every panel of the paper's tables, in the paper's order. */
export const PANELS = {
  table1_top: { printed: { table: "table1", panel: "top" }, source: "accuracy", experiment: "E2" },
  table1_bottom: { printed: { table: "table1", panel: "bottom" }, source: "accuracy", experiment: "E3" },
  table2: { printed: main("table2"), source: "accuracy", experiment: "E4" },
  table3: { printed: main("table3"), source: "accuracy", experiment: "E5", rows: table3Rows },
  table4: { printed: main("table4"), source: "study", experiment: "E5" },
  table5: { printed: main("table5"), source: "auc", experiment: "E4" },
  table6: { printed: main("table6"), source: "auc", experiment: "E5" },
  table7: { printed: main("table7"), source: "study", experiment: "E5" },
  table8_accuracy: {
    printed: { table: "table8", panel: "accuracy" },
    source: "accuracy",
    experiment: "E8",
    suffix: "_accuracy",
  },
  table8_auc: { printed: { table: "table8", panel: "auc" }, source: "auc", experiment: "E8", suffix: "_auc" },
  table9: { printed: main("table9"), source: "study", experiment: "E5" },
} as const satisfies Record<string, PanelEntry>;
export type PanelId = keyof typeof PANELS;

/** The paper's tables and their CSV files: whose panels each holds. */
export const PAPER_TABLES = {
  table1: { table1_top: ["table1_top"], table1_bottom: ["table1_bottom"] },
  table2: { table2: ["table2"] },
  table3: { table3: ["table3"] },
  table4: { table4: ["table4"] },
  table5: { table5: ["table5"] },
  table6: { table6: ["table6"] },
  table7: { table7: ["table7"] },
  table8: { table8: ["table8_accuracy", "table8_auc"] },
  table9: { table9: ["table9"] },
} as const satisfies Record<string, Readonly<Record<string, readonly PanelId[]>>>;

export const isPanelId = (id: string): id is PanelId => Object.hasOwn(PANELS, id);

/** Shipped config of a paper's experiment. */
export const CONFIGS: Readonly<Record<string, string>> = {
  E2: "configs/rotated-mnist.yaml",
  E3: "configs/diverse-digits.yaml",
  E4: "configs/cifar10.yaml",
  E5: "configs/high-resolution.yaml",
  E8: "configs/fine-tuning.yaml",
};
