import { EXIT } from "../core/errors.js";
import { sha256 } from "../core/hash.js";
import { withBytes } from "../core/large-file.js";
import { reading } from "../core/system-error.js";
import type { Domain } from "../data/index.js";
import { createModel, type ModelSettings } from "../models/index.js";
import type { Model } from "../models/model.js";
import { pretrained, withoutPrefix, type HeadOrigin, type Stored } from "../models/torch-layout.js";
import { checkSum } from "../records/checksums.js";
import { decodeTyped } from "../records/safetensors.js";

/** A file of initial weights. */
interface WeightsFile {
  readonly path: string;
  readonly sha256: string;
  readonly tensors: Readonly<Record<string, Stored>>;
}

const files = new Map<string, WeightsFile>();

/** Whether a model's settings name a file of initial weights. */
export const hasPretrained = (
  model: ModelSettings,
): model is ModelSettings & { readonly pretrained: string; readonly pretrainedPrefix?: string } =>
  "pretrained" in model && model.pretrained !== undefined;

/** The file of initial weights that a model's settings name, read once per process; undefined where they name none.
 *  @throws UserError (data) when it cannot be read or is damaged. */
export function weightsFile(model: ModelSettings): WeightsFile | undefined {
  if (!hasPretrained(model)) return undefined;
  const path = model.pretrained;
  let held = files.get(path);
  if (held === undefined) files.set(path, (held = read(path)));
  return held;
}

function read(path: string): WeightsFile {
  const where = `model.pretrained ${path}`;
  const accepted = "a safetensors file; the path is taken from the working folder";
  const hints = { ENOENT: "check the path given by --pretrained or in the config" };
  return reading({ where, accepted, hints, exitCode: EXIT.data }, () =>
    withBytes(path, (bytes) => {
      checkSum(path, bytes.pieces(), "run again what made it, or take another file");
      return { path, sha256: sha256(bytes.pieces()), tensors: decodeTyped(bytes, path).tensors };
    }),
  );
}

/** What of a model's settings decides numbers: of a file of initial weights its contents, not its name. */
export const modelIdentity = (model: ModelSettings): object => {
  const file = weightsFile(model);
  return file === undefined ? model : { ...model, pretrained: file.sha256 };
};

/** Where initial weights come from, for records. */
export interface PretrainedOrigin {
  readonly sha256: string;
  readonly head: HeadOrigin;
}

/** The model of a config for a domain's images and classes, with the initial weights of its file.
 *  @throws UserError (data) that lists what of the file does not fit. */
export function modelFor(
  { model: settings }: { readonly model: ModelSettings },
  { height, width, channels, classes }: Pick<Domain, "height" | "width" | "channels" | "classes">,
): { readonly model: Model; readonly origin?: PretrainedOrigin } {
  const model = createModel(settings, [height, width, channels], classes);
  const file = weightsFile(settings);
  if (file === undefined) return { model };
  const prefix = hasPretrained(settings) ? settings.pretrainedPrefix : undefined;
  const tensors = prefix === undefined ? file.tensors : withoutPrefix(file.tensors, prefix);
  const { model: initialised, head } = pretrained(model, tensors, file.path);
  return { model: initialised, origin: { sha256: file.sha256, head } };
}
