import { counted } from "../../core/wording.js";
import { earlierMark, earlierSentences } from "../numerics.js";
import type { ClaimVerdict } from "./judged.js";
import { isFullSize } from "../presets.js";
import { methodTitle } from "../method-title.js";
import { columnTitle } from "./titles.js";

/** Why a verdict is what it is, in whole sentences. */
export function reasonOf(found: Omit<ClaimVerdict, "reason">, deterministic: boolean): string {
  const { truth, contrasts, absent, leftOut, preset, numerics } = found;
  const { share, found: value } = truth!;
  const seen = [
    ...(share === undefined ? [] : [`in ${share.held} of ${counted(share.of, "column")}`]),
    ...(value === undefined ? [] : [value]),
  ].join(", ");
  const size = isFullSize(preset!) ? "" : ", below the paper's size";
  const sentences = [
    `${truth!.holds ? "True" : "False"} at preset ${preset}${size}${earlierMark(numerics!)}: ${seen}.`,
  ];
  if (deterministic) sentences.push("A count, which needs no test.");
  else sentences.push(...contrasts.map((one) => sentence(one, truth!.holds!)));
  if (absent.length > 0) sentences.push(`Not run: ${absent.map(methodTitle).join(", ")}.`);
  if (leftOut.length > 0)
    sentences.push(`Left out: ${leftOut.map(({ column, why }) => `${columnTitle(column)} (${why})`).join(", ")}.`);
  return sentences.join(" ") + earlierSentences([numerics!]);
}

function sentence(
  { a, b, claimed, test, reverse, p, reverseP, pairs, effect, onLogs }: Contrasted,
  holds: boolean,
): string {
  const [result, corrected] = holds ? [test, p] : [reverse, reverseP];
  const side = holds === (claimed === "greater") ? "above" : "below";
  const head = `${methodTitle(a)} ${side} ${methodTitle(b)}`;
  if (corrected === undefined) return `${head}: ${result.test} is not defined, ${result.undefinedBecause}.`;
  const over = pairs > 0 ? ` over ${counted(pairs, "pair")}` : "";
  const size = effect === undefined ? "" : `, ${effect.name} = ${effect.value.toFixed(2)}`;
  return `${head}: ${result.test}${over}${onLogs ? " of logarithms" : ""}, p = ${shortP(corrected)}${size}.`;
}
type Contrasted = ClaimVerdict["contrasts"][number];

/** "0.031", "0.00002", "1e-9". */
export const shortP = (p: number): string => String(Number(p.toPrecision(2)));
