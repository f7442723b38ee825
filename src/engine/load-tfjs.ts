import type * as Tfjs from "@tensorflow/tfjs-core";
import { registerGradients } from "./second-order.js";
import { importTfjs, tfjs } from "./tfjs.js";

/** Loads tfjs once, with the gradients that it lacks. Opening an engine calls it, so that commands without an engine start
 *  without tfjs. */
export function loadTfjs(): typeof Tfjs {
  if (importTfjs()) registerGradients();
  return tfjs();
}
