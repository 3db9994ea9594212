import assert from "node:assert/strict";
import { test } from "node:test";
import { bars, confidence, hasLookups, series } from "../src/series";
import type { Bucket } from "../src/shapes";

const bucket = (at: number, values: Partial<Bucket> = {}): Bucket => ({
  at,
  succeeded: 0,
  unchanged: 0,
  failed: 0,
  given_up: 0,
  skipped: 0,
  p50_s: 0,
  p95_s: 0,
  errors: {},
  index_hits: 0,
  index_misses: 0,
  match_hits: 0,
  match_misses: 0,
  ...values,
});

test("hours in which nothing happened are zero, and their times are missing", () => {
  const now = 100 * 3600 + 5;
  const made = series([bucket(99 * 3600, { succeeded: 3, failed: 1, p50_s: 0.1, p95_s: 0.4 })], now, 1, 3600);
  assert.equal(made.at.length, 25);
  assert.deepEqual(made.at.slice(-2), [99 * 3600, 100 * 3600]);
  assert.deepEqual(made.succeeded.slice(-2), [3, 0]);
  assert.deepEqual(made.failed.slice(-2), [1, 0]);
  assert.deepEqual(made.p95.slice(-2), [0.4, null]);
});

test("an hour of skips alone has no times", () => {
  assert.deepEqual(series([bucket(0, { skipped: 5 })], 10, 0, 3600).p50, [null]);
});

test("hit rates are of a hundred lookups, and missing where none was counted", () => {
  const buckets = [bucket(0, { succeeded: 4 }), bucket(3600, { index_hits: 3, index_misses: 1, match_misses: 2 })];
  const made = series(buckets, 3600, 0, 3600);
  assert.deepEqual([made.index, made.match], [[75], [0]]);
  assert.deepEqual(series(buckets, 10, 0, 3600).index, [null]);
  assert.deepEqual(buckets.map(hasLookups), [false, true]);
});

test("bars are as long as their share of the longest", () => {
  assert.deepEqual(bars({ b: 1, a: 1, c: 4 }, "value"), [
    { name: "c", value: 4, percent: 100 },
    { name: "a", value: 1, percent: 25 },
    { name: "b", value: 1, percent: 25 },
  ]);
  assert.deepEqual(bars({}, "name"), []);
});

test("confidence has ten bins, whatever was met", () => {
  const made = confidence({ "0.9": 7, "0.0": 1 });
  assert.equal(made.length, 10);
  assert.deepEqual(made[0], { name: "0.0–0.1", value: 1, percent: 14 });
  assert.deepEqual(made[9], { name: "0.9–1.0", value: 7, percent: 100 });
});
