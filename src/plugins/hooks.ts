// How modules of plug-ins are found: what Node's module loader asks, in this thread or in the loader's own.

/** What a thread is told of a plug-in before it is imported. */
export interface HookData {
  /** Name of this package, and the address of a file in it. */
  readonly name: string;
  readonly from: string;
  /** Addresses of the plug-in's files. */
  readonly files: readonly string[];
}

const known = { name: "", from: "", files: new Set<string>() };

/** Called by the loader's thread, or by this one. */
export function initialize({ name, from, files }: HookData): void {
  Object.assign(known, { name, from });
  for (const file of files) known.files.add(file);
}

interface Context {
  readonly parentURL?: string | undefined;
}

/** This package is the running program, wherever a plug-in lies; what a plug-in imports by a path is among its files. */
export function resolve<Held extends Context, Found>(
  specifier: string,
  context: Held,
  next: (specifier: string, context: Held) => Found,
): Found {
  const { name, from, files } = known;
  if (specifier === name || specifier.startsWith(`${name}/`)) return next(specifier, { ...context, parentURL: from });
  const { parentURL } = context;
  if (parentURL !== undefined && files.has(parentURL) && /^(\.{0,2}\/|file:)/.test(specifier)) {
    const { href } = new URL(specifier, parentURL);
    if (!files.has(href.replace(/[?#].*$/, "")))
      throw new Error(`it imports ${specifier} by a path that its text does not have in quotes, or that is no file`);
  }
  return next(specifier, context);
}
