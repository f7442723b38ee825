import { Option } from "commander";

/** `--pretrained FILE`: the same as `--set model.pretrained=FILE`. */
export const pretrainedOption = (): Option =>
  new Option(
    "--pretrained <file>",
    "initial weights of every run: a safetensors file with torchvision's names (as --set model.pretrained=FILE)",
  );

/** Flags with `--pretrained` among what `--set` says. */
export function withPretrained<Flags extends { readonly set: string[]; readonly pretrained?: string }>(
  flags: Flags,
): Flags {
  const { set, pretrained } = flags;
  if (pretrained === undefined) return flags;
  return { ...flags, set: [...set, `model.pretrained=${JSON.stringify(pretrained)}`] };
}
