import type { ComponentChildren, VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../core/files.js";
import type { Plan } from "../../records/plan.js";
import { themeDeclarations } from "../figures/theme.js";
import { Texts } from "../table/exports.js";
import type { RunData } from "./run-data.js";

export interface Part {
  readonly id: string;
  readonly title: string;
  /** Headings inside it that the contents name. */
  readonly parts?: readonly { readonly id: string; readonly title: string }[];
  readonly body: VNode;
}

interface Page {
  readonly title: string;
  /** Under the title: when and of what. */
  readonly about: string;
  readonly parts: readonly Part[];
  readonly methods: Plan["methods"];
  /** What the scripts show runs from. */
  readonly runs: RunData;
  /** A page that its server keeps up to date. */
  readonly live: boolean;
}

/** One HTML file with everything in it: no other file, no network. Text from records is shown as text. */
export function renderPage({ title, about, parts, methods, runs, live }: Page): string {
  const scripts = [...SCRIPTS, ...(live ? ["live.js"] : [])];
  const page = (
    <html lang="en" data-theme="auto">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content={policy(live)} />
        <title>{title}</title>
        <link rel="icon" href="data:," />
        <Raw tag="style">{asset("report.css")}</Raw>
        <Raw tag="style">{`:root { ${themeDeclarations(methods)} }`}</Raw>
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the results
        </a>
        <div class="page">
          <Head title={title} about={about} live={live} />
          <Contents parts={parts} />
          <main id="main" tabIndex={-1}>
            <div class="controls">
              <div id="search" role="search" />
              <MethodFilter methods={methods} />
            </div>
            {parts.map(({ body }) => body)}
            <div id="run-data">
              <Texts texts={runs} />
            </div>
          </main>
        </div>
        <dialog id="drawer" aria-labelledby="drawer-title">
          <button id="drawer-close" type="button">
            Close
          </button>
          <div id="drawer-body" />
        </dialog>
        {scripts.map((name) => (
          <Raw tag="script">{asset(name)}</Raw>
        ))}
      </body>
    </html>
  );
  return `<!doctype html>\n${renderToString(page)}\n`;
}

const Head = ({ title, about, live }: Pick<Page, "title" | "about" | "live">): VNode => (
  <header>
    <div>
      <h1>{title}</h1>
      <p>{about}</p>
    </div>
    <p>
      {live && (
        <span id="live" role="status">
          Connecting
        </span>
      )}{" "}
      <button id="theme" type="button" hidden>
        Theme
      </button>
    </p>
  </header>
);

const Contents = ({ parts }: Pick<Page, "parts">): VNode => (
  <nav aria-label="Contents">
    <ol>
      {parts.map((part) => (
        <li>
          <a href={`#${part.id}`}>{part.title}</a>
          {part.parts !== undefined && part.parts.length > 0 && (
            <ol>
              {part.parts.map((inner) => (
                <li>
                  <a href={`#${inner.id}`}>{inner.title}</a>
                </li>
              ))}
            </ol>
          )}
        </li>
      ))}
    </ol>
  </nav>
);

const SCRIPTS = [
  "elements.js",
  "report.js",
  "texts.js",
  "search.js",
  "chart.js",
  "grid.js",
  "runs.js",
  "trials.js",
  "figures.js",
];

function MethodFilter({ methods }: Pick<Page, "methods">): VNode | null {
  if (methods.length < 2) return null;
  return (
    <details class="filter">
      <summary>
        Methods in tables and figures: <span id="methods-shown">all {methods.length}</span>
      </summary>
      <fieldset>
        <legend class="unseen">Methods shown</legend>
        {methods.map(({ id, title }) => (
          <label>
            <input type="checkbox" data-method={id} checked />
            {title}
          </label>
        ))}
        <button type="button" data-show="all">
          All
        </button>
        <button type="button" data-show="none">
          None
        </button>
      </fieldset>
    </details>
  );
}

/** Our own style or script, as it is. */
function Raw({ tag: Tag, children }: { tag: "style" | "script"; children: ComponentChildren }): VNode {
  return <Tag dangerouslySetInnerHTML={{ __html: String(children) }} />;
}

const asset = (name: string): string =>
  readFileSync(join(packageRoot(), "src", "reporting", "report", "assets", name), "utf8");

/** Nothing is loaded from anywhere; the live page talks to its own server. */
const policy = (live: boolean): string =>
  `default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:${live ? "; connect-src 'self'" : ""}`;
