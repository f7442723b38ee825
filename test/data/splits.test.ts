import { describe, expect, it } from "vitest";
import { classOrders, domainbed, draw, everyNth, holdOut } from "../../src/data/splits.js";

const cyclic = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_unused, i) => i % 10);

describe("classOrders", () => {
  it("shuffles a class as the specification's check values say", () => {
    expect([...classOrders(new Uint8Array(80), 1)[0]!].slice(0, 6)).toEqual([68, 36, 27, 77, 24, 20]);
    expect([...classOrders(new Uint8Array(10), 1)[0]!]).toEqual([5, 3, 2, 1, 7, 0, 6, 8, 4, 9]);
  });

  it("keeps classes apart", () => {
    classOrders(cyclic(200), 10).forEach((order, k) => {
      expect(order.length).toBe(20);
      expect([...order].every((i) => i % 10 === k)).toBe(true);
    });
  });
});

describe("holdOut", () => {
  it("gives the first tenth of every class to validation, nothing to both", () => {
    const { train, validation } = holdOut(classOrders(Uint8Array.from([...cyclic(290), 0, 0]), 10));
    expect(validation.map((order) => order.length)).toEqual([3, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
    const all = [...train, ...validation].flatMap((order) => [...order]);
    expect(new Set(all).size).toBe(292);
    expect(all.length).toBe(292);
  });
});

describe("draw", () => {
  const orders = classOrders(cyclic(100), 10);

  it("is class-balanced, and a smaller draw begins a larger one", () => {
    const drawn = draw(orders, 25);
    expect([...drawn].map((i) => i % 10)).toEqual([...cyclic(25)]);
    expect([...draw(orders, 12)]).toEqual([...drawn].slice(0, 12));
    expect(drawn[10]).toBe(orders[0]![1]);
  });

  it("goes on with the other classes when one runs out", () => {
    const uneven = [Int32Array.of(4), Int32Array.of(7, 2, 9)];
    expect([...draw(uneven, 3)]).toEqual([4, 7, 2]);
  });

  it("gives all in ascending order without a limit or with one too large", () => {
    const ascending = Array.from({ length: 100 }, (_unused, i) => i);
    expect([...draw(orders, undefined)]).toEqual(ascending);
    expect([...draw(orders, 500)]).toEqual(ascending);
  });
});

describe("partitions", () => {
  it("strict: every image belongs to one domain", () => {
    const domains = [0, 1, 2, 3, 4, 5].map((k) => everyNth(10_000, k, 6));
    expect(domains.map((own) => own.length)).toEqual([1667, 1667, 1667, 1667, 1666, 1666]);
    expect([...domains[4]!].slice(0, 3)).toEqual([4, 10, 16]);
    expect(new Set(domains.flatMap((own) => [...own])).size).toBe(10_000);
  });

  it("domainbed: pooled sixths, a fifth held out, no image twice", () => {
    const domains = [0, 1, 2, 3, 4, 5].map((k) => domainbed(70_000, k, 6));
    expect(domains.map(({ train, test }) => train.length + test.length)).toEqual([
      11667, 11667, 11667, 11667, 11666, 11666,
    ]);
    expect(domains[0]!.test.length).toBe(2333);
    const all = domains.flatMap(({ train, test }) => [...train, ...test]);
    expect(new Set(all).size).toBe(70_000);
    expect(all.slice(0, 1000).some((i) => i >= 60_000)).toBe(true);
  });
});
