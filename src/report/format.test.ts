import { describe, expect, it } from "vitest";
import {
  formatBytes,
  formatDifference,
  formatDuration,
  formatFact,
  formatGain,
  formatInstant,
  formatMetric,
  formatNumber,
  formatPercent,
  formatPlural,
  shorten,
} from "./format.ts";

describe("numbers", () => {
  it.each([
    [0, "0"],
    [1906, "1,906"],
    [-12, "−12"],
    [0.61273, "0.613"],
    [12.345, "12.3"],
    [1234.5, "1,235"],
    [4.1e-7, "4.10e−7"],
    [2.5e12, "2.50e12"],
    [Number.NaN, "–"],
    [null, "–"],
    [undefined, "–"],
  ])("%s is written %s", (value, written) => expect(formatNumber(value)).toBe(written));

  it.each([
    [0.8614, "0.861"],
    [-0.002, "−0.002"],
    [0, "0.000"],
    [0.00001, "1.0e−5"],
    [23.456, "23.46"],
    [12345.6, "12,346"],
    [Number.POSITIVE_INFINITY, "–"],
  ])("metric %s is written %s", (value, written) => expect(formatMetric(value)).toBe(written));

  it("gives differences a sign", () => {
    expect(formatDifference(0.25)).toBe("+0.250");
    expect(formatDifference(-0.25)).toBe("−0.250");
    expect(formatDifference(0)).toBe("0.000");
  });
});

describe("units", () => {
  it.each([
    [0, "0 %"],
    [1, "100 %"],
    [0.0131, "1.3 %"],
    [0.00001, "< 0.1 %"],
    [0.99999, "> 99.9 %"],
    [null, "–"],
  ])("share %s is %s", (value, written) => expect(formatPercent(value)).toBe(written));

  it.each([
    [0.07, "+7\u00a0%"],
    [-0.0025, "−0.25\u00a0%"],
    [0, "0\u00a0%"],
    [null, "–"],
  ])("gain %s is %s", (value, written) => expect(formatGain(value)).toBe(written));

  it.each([
    [12, "12 B"],
    [999_999, "1 MB"],
    [1_684_201, "1.68 MB"],
    [612_000_000, "612 MB"],
  ])("%s bytes are %s", (value, written) => expect(formatBytes(value)).toBe(written));

  it.each([
    [0.0123, "12.3 ms"],
    [59.94, "59.9 s"],
    [59.96, "1 min 00 s"],
    [131.4, "2 min 11 s"],
    [3_600, "1 h 00 min"],
  ])("%s s are %s", (value, written) => expect(formatDuration(value)).toBe(written));

  it("writes instants, plurals and facts", () => {
    expect(formatInstant("2026-03-01T09:30:59Z")).toBe("2026-03-01 09:30 UTC");
    expect(formatInstant("some day")).toBe("some day");
    expect(formatPlural(1, "class", "classes")).toBe("1 class");
    expect(formatPlural(1200, "class", "classes")).toBe("1,200 classes");
    expect(formatFact(null, "words")).toBe("–");
    expect(formatFact(3184, "words")).toBe("3,184 words");
  });

  it("shortens by characters, not by code units", () => {
    expect(shorten("👩‍🚀", 5)).toBe("👩‍🚀");
    expect(shorten("🙂🙂🙂🙂", 3)).toBe("🙂🙂…");
  });
});
