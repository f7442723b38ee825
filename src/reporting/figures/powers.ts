const RAISED: Readonly<Record<string, string>> = Object.fromEntries(
  [..."-−0123456789"].map((sign, i) => [sign, [..."⁻⁻⁰¹²³⁴⁵⁶⁷⁸⁹"][i]!]),
);

/** "10⁻²" for "1e-2", "2.5×10⁵" for "2.5e+5"; any other text as it is. */
export function withPowers(text: string): string {
  const [, factor, sign, power] = /^([−-]?[\d.]+)e([+−-])(\d+)$/.exec(text) ?? [];
  if (factor === undefined) return text;
  const raised = [...(sign === "+" ? power! : `-${power!}`)].map((one) => RAISED[one]!).join("");
  return `${factor === "1" ? "" : `${factor}×`}10${raised}`;
}
