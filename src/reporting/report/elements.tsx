import type { ComponentChildren, VNode } from "preact";
import { earlierNote } from "../../records/numerics.js";
import type { PageNote } from "../table/page-table.js";
import { capitalised } from "../table/notes.js";

/** What to know of numbers that were made with earlier numerics, each note once. */
export const notesOf = (numerics: readonly number[]): PageNote[] =>
  [...new Set(numerics)].flatMap((one) => {
    const text = earlierNote(one);
    return text === undefined ? [] : [{ text: capitalised(text) }];
  });

/** A word with a sign of its own, so that colour is not all that tells it from others. */
export function Badge({ kind, sign, children }: { kind: string; sign: string; children: ComponentChildren }): VNode {
  return (
    <span class={`badge ${kind}`}>
      <span aria-hidden="true">{`${sign}\u00a0`}</span>
      {children}
    </span>
  );
}

/** One number with its name. */
export function Fact({ name, children }: { name: string; children: ComponentChildren }): VNode {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A part of the page with its heading. */
export function Section({ id, title, children }: { id: string; title: string; children: ComponentChildren }): VNode {
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {children}
    </section>
  );
}
