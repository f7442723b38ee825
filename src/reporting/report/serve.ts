import { existsSync, readdirSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { EXIT, UserError } from "../../core/errors.js";

const HOST = "127.0.0.1";
/** Between two looks at the results folder. */
const LOOK_MILLISECONDS = 1000;

export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves a page that follows a results folder, to this machine alone.
 *  @param render the page as it is now. @param port 0: any free one.
 *  @throws UserError (usage) when the port is taken. */
export async function serve(results: string, render: () => Promise<string>, port: number): Promise<Served> {
  const listeners = new Set<ServerResponse>();
  const folder = watchResults(results);
  let held: { readonly version: string; readonly page: Promise<string> } | undefined;

  const page = (): Promise<string> => {
    const version = folder.version();
    if (held?.version !== version) held = { version, page: render() };
    return held.page;
  };

  const server = createServer((request, response) => void answer(request, response));
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refuse = (status: number, text: string): void => void response.writeHead(status, TEXT).end(text);
    // Another site's page may resolve its own name to this machine: it is not served.
    if (![`${HOST}:${portOf()}`, `localhost:${portOf()}`].includes(request.headers.host ?? ""))
      return refuse(403, "this server answers to its own address only\n");
    if (request.method !== "GET" && request.method !== "HEAD") return refuse(405, "GET only\n");
    if (request.url === "/events") return listen(response);
    if (request.url !== "/") return refuse(404, "there is one page: /\n");
    try {
      const text = await page();
      response.writeHead(200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" }).end(text);
    } catch (error) {
      refuse(500, `${(error as Error).message}\n`);
    }
  }
  function listen(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write("retry: 2000\n\n");
    listeners.add(response);
    response.on("close", () => listeners.delete(response));
  }
  const portOf = (): number => (server.address() as AddressInfo).port;

  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(error.code === "EADDRINUSE" ? taken(port) : error));
    server.listen(port, HOST, resolve);
  });
  let told = folder.version();
  const timer = setInterval(() => {
    const version = folder.version();
    if (version === told) return;
    told = version;
    for (const listener of listeners) listener.write("event: changed\ndata:\n\n");
  }, LOOK_MILLISECONDS);
  return {
    url: `http://${HOST}:${portOf()}/`,
    close: () => {
      clearInterval(timer);
      for (const listener of listeners) listener.end();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const TEXT = { "content-type": "text/plain; charset=utf-8" };

const taken = (port: number): UserError =>
  new UserError(EXIT.usage, {
    where: "--port",
    given: `${port}, which another program has`,
    accepted: "a free port, or 0 for any",
    hint: "metamd report --serve --port 0",
  });

/** What changes when a run begins, ends or is given up, without reading any record twice. */
function watchResults(results: string): { version(): string } {
  const finished = new Set<string>();
  const listOf = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);
  return {
    version() {
      const experiments = listOf(results).filter((name) => statSync(join(results, name)).isDirectory());
      const leases = experiments.map((name) => listOf(join(results, name, "leases")).join());
      for (const name of experiments)
        for (const kind of ["runs", "analyses"])
          for (const id of listOf(join(results, name, kind))) {
            const record = join(results, name, kind, id, "record.json");
            if (!finished.has(record) && existsSync(record)) finished.add(record);
          }
      return `${experiments.join()} ${finished.size} ${leases.join(" ")}`;
    },
  };
}
