// Buckets as a curve needs them: evenly spaced, zero where nothing happened. Pure: tests/series.test.ts.
import type { Bucket, Lookups } from "./shapes";

export interface Series {
  readonly at: number[];
  readonly succeeded: number[];
  readonly failed: number[];
  readonly p50: (number | null)[];
  readonly p95: (number | null)[];
  /** How many of a hundred lookups in the index, and among the known matches, found something. */
  readonly index: (number | null)[];
  readonly match: (number | null)[];
}

/** Of a hundred lookups; null where nothing was looked up, or an older PlexSync did not count it. */
export function hitRate(hits: number, misses: number): number | null {
  return hits + misses === 0 ? null : (100 * hits) / (hits + misses);
}

export const hasLookups = (one: Lookups): boolean => one.index_hits + one.index_misses + one.match_hits + one.match_misses > 0;

/** Every bucket of the last `days` days up to `now` (epoch seconds); times and hit rates are missing, not zero, where nothing was tried. */
export function series(buckets: readonly Bucket[], now: number, days: number, step: number): Series {
  const known = new Map(buckets.map((one) => [one.at, one]));
  const last = Math.floor(now / step) * step;
  const first = Math.floor((now - days * 86400) / step) * step;
  const made: Series = { at: [], succeeded: [], failed: [], p50: [], p95: [], index: [], match: [] };
  for (let at = first; at <= last; at += step) {
    const bucket = known.get(at);
    made.at.push(at);
    made.succeeded.push(bucket?.succeeded ?? 0);
    made.failed.push(bucket?.failed ?? 0);
    const tried = bucket !== undefined && bucket.succeeded + bucket.failed > 0;
    made.p50.push(tried ? bucket.p50_s : null);
    made.p95.push(tried ? bucket.p95_s : null);
    made.index.push(bucket === undefined ? null : hitRate(bucket.index_hits, bucket.index_misses));
    made.match.push(bucket === undefined ? null : hitRate(bucket.match_hits, bucket.match_misses));
  }
  return made;
}

export interface Bar {
  readonly name: string;
  readonly value: number;
  /** Of the longest bar, 0 to 100. */
  readonly percent: number;
}

/** Counts as bars: in the order of their names, or the largest first. */
export function bars(counts: Readonly<Record<string, number>>, order: "name" | "value"): Bar[] {
  const entries = Object.entries(counts);
  entries.sort((a, b) => (order === "name" ? a[0].localeCompare(b[0]) : b[1] - a[1] || a[0].localeCompare(b[0])));
  const most = Math.max(1, ...entries.map(([, value]) => value));
  return entries.map(([name, value]) => ({ name, value, percent: Math.round((100 * value) / most) }));
}

/** Ten bins of match confidence from 0 to 1, those without a match too. */
export function confidence(scores: Readonly<Record<string, number>>): Bar[] {
  const all: Record<string, number> = {};
  for (let bin = 0; bin < 10; bin += 1) {
    const low = `0.${bin}`;
    all[`${low}–${bin === 9 ? "1.0" : `0.${bin + 1}`}`] = scores[low] ?? 0;
  }
  return bars(all, "name");
}
