import type { Config } from "../../config/schema.js";
import { describeDataset, IMAGENET } from "../../data/index.js";

/** How images became numbers where an optimiser was learned. */
export interface InputScaling {
  readonly kind: Config["suite"]["normalise"];
  /** By channel, where the same everywhere. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly text: string;
}

const TEXTS: Readonly<Record<InputScaling["kind"], string>> = {
  none: "x / 255: pixels from 0 to 1",
  meanstd: "(x / 255 - mean) / std by channel, with the moments of each domain's own training images",
  imagenet: "(x / 255 - mean) / std by channel, with ImageNet's moments",
};

export const inputScaling = ({ normalise: kind }: Pick<Config["suite"], "normalise">): InputScaling => ({
  kind,
  ...(kind === "imagenet" && IMAGENET),
  text: TEXTS[kind],
});

/** Channels of the images that were learned on. @param folder of all datasets, for the user's own ones. */
export function imageChannels({ image }: Config["suite"], domain: string, folder: string): number {
  return image?.channels ?? describeDataset(domain.split("/")[0]!, folder).image!.channels;
}
