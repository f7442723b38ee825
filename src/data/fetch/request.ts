import { request as requestHttp, type IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import { timestamp } from "../../core/clock.js";
import type { NetSettings } from "./settings.js";

const RETRIED = [408, 425, 429];

/** Why a try failed: "retry" the same mirror later, or go to the "next" one at once. */
export class TransferFailure extends Error {
  constructor(
    readonly kind: "retry" | "next",
    message: string,
    /** What the server asked to wait. */
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
    this.name = "TransferFailure";
  }
}

export interface RequestOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** Plain http is for files that a checksum tells from wrong ones. */
  readonly plainHttp: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Asks for a file and follows redirects. Node's http and not its fetch, which would inflate what some servers send as
 *  `Content-Encoding: x-gzip`: the archive itself.
 *  @returns an answer of status 200, 206 or 416; its bytes still to be read.
 *  @throws TransferFailure on every other answer and on errors of the network. */
export async function request(url: string, options: RequestOptions, net: NetSettings): Promise<IncomingMessage> {
  let at = new URL(url);
  for (let redirects = 0; ; redirects++) {
    refusePlain(at, options.plainHttp);
    const answer = await ask(at, options, net);
    const status = answer.statusCode!;
    if ([200, 206, 416].includes(status)) return answer;
    answer.destroy();
    const { location } = answer.headers;
    if ([301, 302, 303, 307, 308].includes(status) && location !== undefined) {
      if (redirects === net.maxRedirects) throw new TransferFailure("next", `more than ${redirects} redirects`);
      at = redirected(at, location);
      continue;
    }
    const retried = RETRIED.includes(status) || status >= 500;
    throw new TransferFailure(
      retried ? "retry" : "next",
      `status ${status}${answer.statusMessage ? ` ${answer.statusMessage}` : ""}`,
      retried ? retryAfter(answer.headers["retry-after"]) : undefined,
    );
  }
}

/** Where a redirect leads. @throws TransferFailure: no address, another protocol, from https to http.
 *  @internal Exported for tests. */
export function redirected(from: URL, location: string): URL {
  if (!URL.canParse(location, from.href))
    throw new TransferFailure("next", `redirect to ${JSON.stringify(location)}, which is not an address`);
  const to = new URL(location, from.href);
  if (to.protocol !== "https:" && to.protocol !== "http:")
    throw new TransferFailure("next", `redirect to ${to.protocol.slice(0, -1)}`);
  if (from.protocol === "https:" && to.protocol === "http:")
    throw new TransferFailure("next", `redirect from https to plain http (${to.href})`);
  return to;
}

function refusePlain(url: URL, allowed: boolean): void {
  if (url.protocol === "http:" && !allowed)
    throw new TransferFailure("next", "plain http, which is only for files with a checksum");
}

/** Seconds that a server asks to wait, given as a number or a date. */
function retryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const seconds = (Date.parse(value) - Date.parse(timestamp())) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

function ask(url: URL, { headers, signal }: RequestOptions, net: NetSettings): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? requestHttps : requestHttp;
    // A connection for every request: one that was cut off never serves another.
    const sent = send(url, { headers, agent: false, ...(signal && { signal }) });
    const connecting = setTimeout(
      () => sent.destroy(new Error(`no connection within ${net.connectMilliseconds / 1000} s`)),
      net.connectMilliseconds,
    );
    const connected = (): void => clearTimeout(connecting);
    sent.on("socket", (socket) => socket.once(url.protocol === "https:" ? "secureConnect" : "connect", connected));
    const silence = (): Error => new Error(`no byte within ${net.stallMilliseconds / 1000} s`);
    sent.setTimeout(net.stallMilliseconds, () => sent.destroy(silence()));
    sent.on("error", (error: NodeJS.ErrnoException) => {
      connected();
      reject(new TransferFailure("retry", errorText(error)));
    });
    sent.on("close", connected);
    sent.on("response", (answer) => {
      // A destroyed request would swallow what it still receives; from here on the answer is what ends.
      sent.setTimeout(0);
      answer.setTimeout(net.stallMilliseconds, () => answer.destroy(silence()));
      resolve(answer);
    });
    sent.end();
  });
}

/** An error of the network in words. */
export function errorText(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (message === "aborted") return "the connection was cut";
  return message !== "" ? message : (code ?? "unknown error");
}
