// How figures, times and states read. Pure: tests/words.test.ts.
import type { Compared, Comparing, EndedDrain, Outcome, Restored, RunningDrain, SceneState } from "./shapes";

export const OUTCOMES: Record<Outcome, string> = {
  changed: "Changed",
  unchanged: "In order",
  skipped: "Skipped",
  failed: "To be tried again",
  given_up: "Given up",
};

export interface StateLook {
  readonly text: string;
  readonly variant: "success" | "info" | "warning" | "danger" | "secondary";
}

export const STATES: Record<SceneState, StateLook> = {
  in_step: { text: "In step with Plex", variant: "success" },
  waiting: { text: "Waiting for its turn", variant: "info" },
  waiting_for_plex: { text: "Waiting for Plex to find the file", variant: "info" },
  failed: { text: "Failed", variant: "danger" },
  not_in_plex: { text: "Not in Plex", variant: "danger" },
  changed_in_plex: { text: "Changed in Plex, and kept", variant: "warning" },
  held: { text: "Held", variant: "secondary" },
  unknown: { text: "Not synced yet", variant: "secondary" },
};

const ENDS: Record<string, string> = {
  empty: "",
  dry_run: "dry run, nothing was written",
  handed_over: "made room for another job of Stash's",
  paused: "paused",
  plex_down: "Plex went away",
  plex_trouble: "Plex was in trouble",
  stash_away: "Stash went away",
  refused: "refused",
  stopped: "stopped",
};

const KINDS: Record<string, string> = {
  never_synced: "never synced",
  stale: "changed in Stash",
  changed_in_plex: "changed in Plex",
  missing_in_plex: "missing in Plex",
  orphaned: "deleted in Stash",
  uncertain: "with no certain item",
  shared_item: "whose item shows another scene",
  no_files: "without a file",
  held: "held",
  unreadable: "that Stash could not give",
  in_step: "in step",
};
/** One that was broken off goes on where it was; one at work looks at its next page within this time. */
const AT_WORK_S = 60;

/** 1234567 → 1,234,567, in the reader's own way. */
export const count = (value: number): string => value.toLocaleString();

export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** A time span in the two largest units that say something. */
export function span(seconds: number): string {
  if (seconds < 1) {
    return `${Math.max(0, Math.round(seconds * 1000))} ms`;
  }
  if (seconds < 10) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  const units: [number, string][] = [
    [Math.floor(whole / 86400), "d"],
    [Math.floor(whole / 3600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "min"],
    [whole % 60, "s"],
  ];
  const first = units.findIndex(([value]) => value > 0);
  return units
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(" ");
}

/** How long ago, or how long until; `now` and `at` in epoch seconds. */
export function when(at: number, now: number): string {
  const away = at - now;
  if (Math.abs(away) < 1.5) {
    return "now";
  }
  const rounded = Math.abs(away) < 60 ? Math.round(Math.abs(away)) : Math.abs(away);
  const long = rounded < 10 ? `${Math.round(rounded)} s` : span(rounded);
  return away > 0 ? `in ${long}` : `${long} ago`;
}

/** A date and a time for a reader, in the browser's zone and language. */
export const moment = (at: number): string =>
  new Date(at * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** A mark on an axis of time whose marks are `gapS` seconds apart: the day, or within a day the hour. */
export function tick(at: number, gapS: number): string {
  const date = new Date(at * 1000);
  const isDay = gapS >= 86400 || (date.getHours() === 0 && date.getMinutes() === 0);
  return isDay
    ? date.toLocaleDateString(undefined, { day: "numeric", month: "short" })
    : date.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
}

/** What a drain has done by now, 0 to 100, or null while nobody knows. */
export function percent(drain: RunningDrain): number | null {
  return drain.total ? Math.min(100, Math.floor((100 * drain.done) / drain.total)) : null;
}

/** Seconds that the rest will take at this rate, or null. */
export function remaining(drain: RunningDrain): number | null {
  return drain.total && drain.rate ? Math.max(0, drain.total - drain.done) / drain.rate : null;
}

export function drainEnd(drain: EndedDrain): string {
  const parts = (Object.keys(OUTCOMES) as Outcome[])
    .filter((word) => drain.counts[word])
    .map((word) => `${count(drain.counts[word] ?? 0)} ${OUTCOMES[word].toLowerCase()}`);
  const end = ENDS[drain.reason] ?? drain.reason;
  const told = [
    `${plural(drain.done, "scene")} in ${span(drain.finished_at - drain.started_at)}`,
    parts.join(", "),
    [end, drain.message].filter(Boolean).join(": "),
  ];
  return told.filter(Boolean).join(" · ");
}

/** What a comparison of the library has found, kind by kind, in the order in which it matters. */
export const found = (compared: Compared | Comparing): [string, number][] =>
  Object.entries(KINDS).flatMap(([kind, words]) => {
    const scenes = compared.found[kind] ?? 0;
    return scenes > 0 ? [[words, scenes] as [string, number]] : [];
  });

/** What a comparison looked at, and what was queued. */
export function comparison(compared: Compared | Comparing): string {
  const which = compared.recent ? " that had changed" : "";
  const deep = compared.deep ? ", each item in full" : "";
  return `${plural(compared.scenes, "scene")}${which} compared${deep}, ${count(compared.queued)} queued`;
}

/** Whether a comparison is at work now, as far as its last page tells; `now` in epoch seconds. */
export const isComparing = (comparing: Comparing, now: number): boolean => now - comparing.at < AT_WORK_S;

/** What became of a restore of one scene. */
export function restored(answer: Restored): string {
  const why = (notes: Restored["left"]) => [...new Set(notes.map((one) => `${one.field || "the item"}: ${one.why}`))].join("; ");
  const told = [
    answer.restored > 0 ? "Put back, and held until you press Resume." : "",
    answer.left_total > 0 ? `Left as it is: ${why(answer.left)}.` : "",
    answer.failed_total > 0 ? `Not put back: ${why(answer.failed)}.` : "",
    answer.gone > 0 ? "The item is no longer in Plex." : "",
  ];
  return told.filter(Boolean).join(" ") || "There was nothing to put back: Plex shows it already.";
}

/** "98.5 % of 1,234", or "–" where nothing was asked. */
export function rate(hits: number, misses: number): string {
  const asked = hits + misses;
  return asked === 0 ? "–" : `${((100 * hits) / asked).toFixed(1)} % of ${count(asked)}`;
}

export function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let left = value;
  let unit = 0;
  while (left >= 1000 && unit < units.length - 1) {
    left /= 1000;
    unit += 1;
  }
  return `${unit === 0 || left >= 100 ? Math.round(left) : left.toFixed(1)} ${units[unit]}`;
}

/** With one full stop at its end. */
export const sentence = (text: string): string => (/[.!?…]$/.test(text.trim()) || !text.trim() ? text.trim() : `${text.trim()}.`);

/** The last part of a path of any system. */
export const baseName = (path: string): string => path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);

/** Plex's own web page of an item; null while no server is known. */
export function plexLink(server: string | null, ratingKey: number): string | null {
  return server === null
    ? null
    : `https://app.plex.tv/desktop/#!/server/${encodeURIComponent(server)}/details?key=${encodeURIComponent(`/library/metadata/${ratingKey}`)}`;
}

/** Names in a setting that holds several: added or taken out, the others as they were. */
export function toggled(setting: string, name: string, on: boolean): string {
  const names = setting
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean);
  const others = names.filter((one) => one.toLowerCase() !== name.toLowerCase());
  return (on ? [...others, name] : others).join(", ");
}

export const hasName = (setting: string, name: string): boolean =>
  setting.split(",").some((one) => one.trim().toLowerCase() === name.toLowerCase());

/** A path map with one rule more, behind those that it has. */
export const withRule = (setting: string, rule: string): string =>
  [...setting.split(";").map((one) => one.trim()), rule].filter(Boolean).join("; ");
