import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndedDrain, Restored, RunningDrain } from "../src/shapes";
import {
  baseName,
  bytes,
  comparison,
  drainEnd,
  found,
  hasName,
  isComparing,
  percent,
  plexLink,
  plural,
  rate,
  remaining,
  restored,
  sentence,
  span,
  toggled,
  when,
  withRule,
  tick,
} from "../src/words";

const drain = (done: number, total: number | null, rate: number | null): RunningDrain => ({
  drain_id: "a",
  runner: "task",
  started_at: 0,
  done,
  total,
  rate,
});

test("a span of time is told in its two largest units", () => {
  const told: [number, string][] = [
    [0, "0 ms"],
    [0.0304, "30 ms"],
    [1.26, "1.3 s"],
    [59.6, "1 min"],
    [90, "1 min 30 s"],
    [3600, "1 h"],
    [3661, "1 h 1 min"],
    [86400 * 2 + 3600 * 5 + 59, "2 d 5 h"],
    [86400 * 2 + 59, "2 d"],
  ];
  for (const [seconds, text] of told) {
    assert.equal(span(seconds), text, String(seconds));
  }
});

test("a moment is told from now, in both directions", () => {
  assert.equal(when(100, 100.4), "now");
  assert.equal(when(100, 107), "7 s ago");
  assert.equal(when(130, 100), "in 30 s");
  assert.equal(when(100, 100 + 7200), "2 h ago");
});

test("a drain's progress is known when its total is, and its end when its rate is too", () => {
  assert.equal(percent(drain(0, null, null)), null);
  assert.equal(percent(drain(999, 1000, 2)), 99);
  assert.equal(percent(drain(3, 2, 2)), 100);
  assert.equal(remaining(drain(10, 110, 5)), 20);
  assert.equal(remaining(drain(10, 110, null)), null);
});

test("a drain that has ended is told with its counts and its reason", () => {
  const ended: EndedDrain = {
    drain_id: "a",
    runner: "task",
    started_at: 10,
    finished_at: 12,
    reason: "plex_down",
    message: "refused",
    done: 3,
    counts: { changed: 2, given_up: 1 },
  };
  assert.equal(drainEnd(ended), "3 scenes in 2.0 s · 2 changed, 1 given up · Plex went away: refused");
  assert.equal(drainEnd({ ...ended, reason: "empty", message: "", done: 1, counts: {} }), "1 scene in 2.0 s");
});

test("one is told apart from many, and numbers from bytes", () => {
  assert.equal(plural(1, "try", "tries"), "1 try");
  assert.equal(plural(0, "scene"), "0 scenes");
  assert.equal(bytes(999), "999 B");
  assert.equal(bytes(1500), "1.5 kB");
  assert.equal(bytes(250_000_000), "250 MB");
});

test("a path's last part is found on every system", () => {
  assert.equal(baseName("/media/a b.mp4"), "a b.mp4");
  assert.equal(baseName("D:\\videos\\x.mp4"), "x.mp4");
  assert.equal(baseName("x"), "x");
});

test("a link to Plex is made of numbers and quoted text alone", () => {
  assert.equal(plexLink(null, 5), null);
  assert.equal(
    plexLink('"><script>', 5),
    "https://app.plex.tv/desktop/#!/server/%22%3E%3Cscript%3E/details?key=%2Flibrary%2Fmetadata%2F5",
  );
});

test("a name is put into a setting of several once, and taken out whatever its case", () => {
  assert.equal(toggled("", "Scenes", true), "Scenes");
  assert.equal(toggled("Other , scenes", "Scenes", true), "Other, Scenes");
  assert.equal(toggled("Other, scenes", "Scenes", false), "Other");
  assert.equal(hasName("a, SCENES", "Scenes"), true);
  assert.equal(hasName("Scenes 2", "Scenes"), false);
});

test("a rule is put behind those that a path map has", () => {
  assert.equal(withRule("", "/a => /b"), "/a => /b");
  assert.equal(withRule("/c => /d ; ", "/a => /b"), "/c => /d; /a => /b");
});

test("a comparison is told by what it looked at, found and queued", () => {
  const compared = { at: 5, scenes: 1200, queued: 3, deep: false, recent: false, found: { in_step: 1197, stale: 2, orphaned: 1 } };
  assert.equal(comparison(compared), "1,200 scenes compared, 3 queued");
  assert.equal(comparison({ ...compared, deep: true, recent: true }), "1,200 scenes that had changed compared, each item in full, 3 queued");
  assert.deepEqual(found(compared), [
    ["changed in Stash", 2],
    ["deleted in Stash", 1],
    ["in step", 1197],
  ]);
  assert.equal(isComparing({ ...compared, total: 2000 }, 20), true);
  assert.equal(isComparing({ ...compared, total: 2000 }, 500), false);
});

test("a rate is of what was asked, and none where nothing was", () => {
  assert.equal(rate(985, 15), "98.5 % of 1,000");
  assert.equal(rate(0, 0), "–");
});

test("a restore is told by what was put back, what was left, and what failed", () => {
  const nothing: Restored = {
    reason: "done",
    message: "",
    restore_id: "r",
    preview: false,
    items: 1,
    restored: 0,
    unlocked: 0,
    gone: 0,
    fields: {},
    held: 0,
    left: [],
    left_total: 0,
    failed: [],
    failed_total: 0,
  };
  const note = { scene_id: 1, rating_key: 2, title: "T", field: "title", why: "changed in Plex since" };
  assert.equal(restored(nothing), "There was nothing to put back: Plex shows it already.");
  assert.equal(restored({ ...nothing, restored: 1 }), "Put back, and held until you press Resume.");
  assert.equal(restored({ ...nothing, left: [note], left_total: 1 }), "Left as it is: title: changed in Plex since.");
  assert.equal(restored({ ...nothing, failed: [{ ...note, field: "" }], failed_total: 1 }), "Not put back: the item: changed in Plex since.");
  assert.equal(restored({ ...nothing, gone: 1 }), "The item is no longer in Plex.");
});

test("an axis of days has days, and one of hours the day where it begins", () => {
  const midnight = new Date(2026, 10, 22).getTime() / 1000;
  const day = new Date(2026, 10, 22).toLocaleDateString(undefined, { day: "numeric", month: "short" });
  assert.equal(tick(midnight + 3600, 86400), day);
  assert.equal(tick(midnight, 3600), day);
  assert.match(tick(midnight + 9 * 3600, 3600), /9/);
  assert.notEqual(tick(midnight + 9 * 3600, 3600), day);
});

test("a message gets its full stop once", () => {
  assert.equal(sentence("it is starting or in maintenance"), "it is starting or in maintenance.");
  assert.equal(sentence(" Is it running? "), "Is it running?");
  assert.equal(sentence("x…"), "x…");
  assert.equal(sentence(" "), "");
});
