import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "vitest";
import { until } from "./until.js";

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface FileServer {
  /** The address of a path. */
  url(path: string): string;
  /** What a path answers: one after the other, the last one ever after. */
  script(path: string, ...answers: Answer[]): string;
  /** Requests of a path: their Range and If-Range. */
  asked(path: string): { readonly range?: string; readonly ifRange?: string }[];
  /** All requests so far. */
  count(): number;
}

/** A server on this machine that answers as it is told, closed after the file's tests. */
export async function fileServer(): Promise<FileServer> {
  const scripts = new Map<string, Answer[]>();
  const requests: { path: string; range?: string; ifRange?: string }[] = [];
  const server = createServer((request, response) => {
    const path = request.url!;
    const { range, "if-range": ifRange } = request.headers;
    requests.push({ path, ...(range && { range }), ...(typeof ifRange === "string" && { ifRange }) });
    const answers = scripts.get(path) ?? [status(404)];
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = (path: string): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  return {
    url,
    script(path, ...answers) {
      scripts.set(path, answers);
      return url(path);
    },
    asked: (path) =>
      requests
        .filter((one) => one.path === path)
        .map(({ range, ifRange }) => ({ ...(range && { range }), ...(ifRange && { ifRange }) })),
    count: () => requests.length,
  };
}

const firstOf = ({ headers }: IncomingMessage): number => Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);

/** An honest answer to a whole file or its rest. @param etag its version; an If-Range of another one gets the whole. */
export function serve(bytes: Buffer, etag?: string): Answer {
  return (request, response) => {
    const ifRange = request.headers["if-range"];
    const from = ifRange !== undefined && ifRange !== etag ? 0 : firstOf(request);
    if (etag !== undefined) response.setHeader("etag", etag);
    if (from >= bytes.length) {
      response.writeHead(416, { "content-range": `bytes */${bytes.length}` }).end();
      return;
    }
    const range = { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
    response.writeHead(from > 0 ? 206 : 200, { "content-length": bytes.length - from, ...(from > 0 && range) });
    response.end(bytes.subarray(from));
  };
}

/** Sends some bytes more and cuts the connection when its reader has some of them.
 *  @param received how much the reader has of the file. */
export function cut(bytes: Buffer, count: number, received: () => number, etag?: string): Answer {
  return (request, response) => {
    const from = firstOf(request);
    if (etag !== undefined) response.setHeader("etag", etag);
    const range = { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
    response.writeHead(from > 0 ? 206 : 200, { "content-length": bytes.length - from, ...(from > 0 && range) });
    response.write(bytes.subarray(from, from + count));
    void until(() => received() > from || response.destroyed).then(() => response.destroy());
  };
}

/** The whole file whatever range is asked for. */
export const ignoreRange =
  (bytes: Buffer): Answer =>
  (_request, response) =>
    void response.writeHead(200, { "content-length": bytes.length }).end(bytes);

export const status =
  (code: number, headers: Record<string, string> = {}, body = ""): Answer =>
  (_request, response) =>
    void response.writeHead(code, headers).end(body);

/** Some bytes, then silence. */
export const stall =
  (bytes: Buffer, count: number): Answer =>
  (_request, response) => {
    response.writeHead(200, { "content-length": bytes.length });
    response.write(bytes.subarray(0, count));
  };
