import type { VNode } from "preact";
import { Section } from "../elements.js";

/** Every run, to be searched, sorted and chosen from; the page's scripts fill it. */
export function Runs(): VNode {
  return (
    <Section id="runs" title="Every run">
      <p>
        A run leads to its page; chosen curves are laid over each other. Every number of a table leads to the runs
        behind it.
      </p>
      <div id="run-list">
        <noscript>
          Without scripts there is no list here: <code>runs.csv</code> in the folder of every experiment has a row per
          run.
        </noscript>
      </div>
    </Section>
  );
}
