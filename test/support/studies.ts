import { showsOf } from "../../src/studies/index.js";

/** What our studies hand in to reporting. */
export const SHOWS = await showsOf();
