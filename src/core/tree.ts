/** A tree of named leaves. Leaves are found by path ("optimiser/velocity/layer1.weight"), never by position. */
export type Tree<Leaf> = { readonly [name: string]: Leaf | Tree<Leaf> };
/** A tree of one level: leaf by name. */
export type Leaves<Leaf> = Readonly<Record<string, Leaf>>;

/** Applies a function to the leaves of the same name in one or more flat trees; the first tree's names rule. */
export function map<A, R>(f: (a: A, name: string) => R, a: Leaves<A>): Record<string, R>;
export function map<A, B, R>(f: (a: A, b: B, name: string) => R, a: Leaves<A>, b: Leaves<B>): Record<string, R>;
export function map<A, B, C, R>(
  f: (a: A, b: B, c: C, name: string) => R,
  a: Leaves<A>,
  b: Leaves<B>,
  c: Leaves<C>,
): Record<string, R>;
export function map<A, B, C, D, R>(
  f: (a: A, b: B, c: C, d: D, name: string) => R,
  a: Leaves<A>,
  b: Leaves<B>,
  c: Leaves<C>,
  d: Leaves<D>,
): Record<string, R>;
export function map(f: (...args: never[]) => unknown, ...trees: Leaves<unknown>[]): Record<string, unknown> {
  const [first, ...rest] = trees as [Leaves<unknown>, ...Leaves<unknown>[]];
  const result: Record<string, unknown> = {};
  for (const name of Object.keys(first)) {
    for (const other of rest) if (!(name in other)) throw new Error(`tree.map: leaf ${name} is missing in one tree`);
    result[name] = (f as (...args: unknown[]) => unknown)(first[name], ...rest.map((tree) => tree[name]), name);
  }
  return result;
}

/** The leaves under a branch of this name: "prefix/name". */
export const prefixed = <Leaf>(prefix: string, leaves: Leaves<Leaf>): Record<string, Leaf> =>
  Object.fromEntries(Object.entries(leaves).map(([name, leaf]) => [`${prefix}/${name}`, leaf]));

/** Whether a path begins with one of these names; no names: any does. */
export const isWithin = (path: string, branches: readonly string[]): boolean =>
  branches.length === 0 || branches.includes(path.split("/", 1)[0]!);

/** Lists a nested tree as path -> leaf, paths joined by "/", sorted by code point. */
export function flatten<Leaf>(tree: Tree<Leaf>, isLeaf: (value: unknown) => value is Leaf): Record<string, Leaf> {
  const entries: [string, Leaf][] = [];
  const visit = (node: Tree<Leaf>, prefix: string): void => {
    for (const [name, value] of Object.entries(node)) {
      if (isLeaf(value)) entries.push([prefix + name, value]);
      else visit(value as Tree<Leaf>, `${prefix}${name}/`);
    }
  };
  visit(tree, "");
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** The inverse of `flatten`. */
export function unflatten<Leaf>(leaves: Leaves<Leaf>): Tree<Leaf> {
  const root: Record<string, unknown> = {};
  for (const [path, leaf] of Object.entries(leaves)) {
    const names = path.split("/");
    let node = root;
    for (const name of names.slice(0, -1)) node = (node[name] ??= {}) as Record<string, unknown>;
    node[names.at(-1)!] = leaf;
  }
  return root as Tree<Leaf>;
}
