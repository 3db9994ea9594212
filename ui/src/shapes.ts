// Made of the *shapes.py in app/page by scripts/page_types.py (make ui): do not edit.

export type Outcome = "changed" | "unchanged" | "skipped" | "failed" | "given_up";

export type SceneState = "in_step" | "waiting" | "waiting_for_plex" | "failed" | "not_in_plex" | "changed_in_plex" | "held" | "unknown";

/** What the navigation bar shows. ``woken``: scenes were due, nobody drained, and somebody does now. */
export interface Badge {
  readonly failures: number;
  readonly woken: boolean;
}

/** How many scenes are in which state; ``next_due_at`` is when the next put-off one is tried. */
export interface Queue {
  readonly pending: number;
  readonly in_flight: number;
  readonly deferred: number;
  readonly waiting_for_plex: number;
  readonly held: number;
  readonly previewed: number;
  readonly paused: boolean;
  readonly next_due_at: number | null;
}

/** ``down_since``, ``reason`` and ``next_probe_at`` are there while Plex is away. ``libraries`` are those that are synced. */
export interface Plex {
  readonly state: "up" | "down" | "unknown";
  readonly down_since: number | null;
  readonly reason: string | null;
  readonly next_probe_at: number | null;
  readonly machine_identifier: string | null;
  readonly version: string | null;
  readonly libraries: readonly string[];
  readonly movie_libraries: readonly string[];
}

/** ``total``, ``runner`` and the rest are None until the first batch is settled. ``rate`` in scenes a second. */
export interface RunningDrain {
  readonly drain_id: string;
  readonly runner: string | null;
  readonly started_at: number | null;
  readonly done: number;
  readonly total: number | null;
  readonly rate: number | null;
}

/** ``counts`` by outcome. */
export interface EndedDrain {
  readonly drain_id: string;
  readonly runner: string;
  readonly started_at: number;
  readonly finished_at: number;
  readonly reason: string;
  readonly message: string;
  readonly done: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** What the drains that began within an hour have done, ``counts`` by outcome. */
export interface LastHour {
  readonly done: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** Whether somebody drains, or was asked to. */
export interface Worker {
  readonly draining: boolean;
  readonly asked: boolean;
  readonly synced_items: number;
  readonly drain: RunningDrain | null;
  readonly last_hour: LastHour;
  readonly last_drain: EndedDrain | null;
}

/** How a scene's last try ended; ``text`` says it in a few words. */
export interface Result {
  readonly scene_id: number;
  readonly title: string;
  readonly path: string;
  readonly at: number;
  readonly trigger: string;
  readonly result: "changed" | "unchanged" | "skipped" | "failed" | "given_up";
  readonly text: string;
}

/** A comparison of the library at work, or broken off: ``at`` is when it looked at its last page. ``found`` by kind. */
export interface Comparing {
  readonly at: number;
  readonly scenes: number;
  readonly total: number;
  readonly queued: number;
  readonly deep: boolean;
  readonly recent: boolean;
  readonly found: Readonly<Record<string, number>>;
}

/** A comparison that is through, at ``at``: how many scenes it looked at, queued, and ``found``, by kind. */
export interface Compared {
  readonly at: number;
  readonly scenes: number;
  readonly queued: number;
  readonly deep: boolean;
  readonly recent: boolean;
  readonly found: Readonly<Record<string, number>>;
}

/** The comparison of the library that goes on, and the last one. */
export interface Reconcile {
  readonly under_way: Comparing | null;
  readonly last: Compared | null;
}

/** The state of this moment. ``errands`` are performers, studios, tags and groups whose scenes are still to be looked up. */
export interface Now {
  readonly at: number;
  readonly dry_run: boolean;
  readonly queue: Queue;
  readonly errands: number;
  readonly reconcile: Reconcile;
  readonly plex: Plex;
  readonly stash_away_since: number | null;
  readonly worker: Worker;
  readonly failures: number;
  readonly results: readonly Result[];
}

/** Scenes that failed for the same reason; of a search ``scenes`` counts those that it means. ``folder`` holds the files of all, or is empty. */
export interface CauseOfFailure {
  readonly error_type: string;
  readonly cause: string;
  readonly text: string;
  readonly hint: string;
  readonly scenes: number;
  readonly folder: string;
  readonly first_at: number;
  readonly last_at: number;
}

/** The hundred most frequent causes, how many scenes failed in all, and how many of them a search has found. */
export interface Failures {
  readonly at: number;
  readonly total: number;
  readonly found: number;
  readonly causes: readonly CauseOfFailure[];
}

/** A Plex item that was looked at, its score from 0 to 1, and what spoke for it. */
export interface Candidate {
  readonly rating_key: number;
  readonly title: string;
  readonly path: string;
  readonly score: number;
  readonly evidence: string;
}

/** One scene that was given up. ``candidates`` are the Plex items that could be meant, where the match was in doubt, ``targets`` those that were taken. */
export interface FailedScene {
  readonly scene_id: number;
  readonly title: string;
  readonly path: string;
  readonly attempts: number;
  readonly message: string;
  readonly hint: string;
  readonly trigger: string;
  readonly died_at: number;
  readonly candidates: readonly Candidate[];
  readonly targets: readonly number[];
}

/** A page of the scenes of one cause, the newest first. */
export interface FailedScenes {
  readonly total: number;
  readonly offset: number;
  readonly machine_identifier: string | null;
  readonly scenes: readonly FailedScene[];
}

/** A field of a Plex item that was written. ``old`` and ``new`` are texts, lists of tags, or a picture's hash. */
export interface Change {
  readonly id: number;
  readonly scene_id: number;
  readonly rating_key: number;
  readonly at: number;
  readonly field: string;
  readonly old: unknown;
  readonly new: unknown;
  readonly done: boolean;
}

/** A page of changes, the newest first; ``next_before`` asks for the next page, None at the end. */
export interface Activity {
  readonly changes: readonly Change[];
  readonly next_before: number | null;
  readonly fields: readonly string[];
  readonly machine_identifier: string | null;
}

/** A Plex item that shows the scene; ``outcomes`` by field: what came of it last, when, and when it was last written. */
export interface SceneItem {
  readonly rating_key: number;
  readonly synced_at: number | null;
  readonly outcomes: Readonly<Record<string, readonly unknown[]>>;
}

/** What the last match was made of. ``targets`` are the items that were taken. */
export interface Match {
  readonly confidence: string;
  readonly score: number;
  readonly method: string;
  readonly targets: readonly number[];
  readonly candidates: readonly Candidate[];
}

/** A scene as PlexSync knows it. ``next_at`` is when it is tried next, ``pinned`` whether a person has said which item shows it, ``error`` the last one, ``hint`` its remedy. */
export interface Scene {
  readonly scene_id: number;
  readonly state: "in_step" | "waiting" | "waiting_for_plex" | "failed" | "not_in_plex" | "changed_in_plex" | "held" | "unknown";
  readonly text: string;
  readonly hint: string;
  readonly at: number | null;
  readonly next_at: number | null;
  readonly pinned: boolean;
  readonly match: Match | null;
  readonly items: readonly SceneItem[];
  readonly changes: readonly Change[];
  readonly machine_identifier: string | null;
}

/** How many scenes an action was done to, and whether syncing is paused. */
export interface Acted {
  readonly scenes: number;
  readonly paused: boolean;
}

/** The plugin could not do what was asked: a text for a person. */
export interface Problem {
  readonly problem: string;
}

/** In the two caches: the index of Plex's library, and the matches that were found before. */
export interface Lookups {
  readonly index_hits: number;
  readonly index_misses: number;
  readonly match_hits: number;
  readonly match_misses: number;
}

/** An hour or a day, by its start. Times of the tries in seconds. */
export interface Bucket {
  readonly index_hits: number;
  readonly index_misses: number;
  readonly match_hits: number;
  readonly match_misses: number;
  readonly at: number;
  readonly succeeded: number;
  readonly unchanged: number;
  readonly failed: number;
  readonly given_up: number;
  readonly skipped: number;
  readonly p50_s: number;
  readonly p95_s: number;
  readonly errors: Readonly<Record<string, number>>;
}

/** A session, or all of them together. */
export interface Figures {
  readonly index_hits: number;
  readonly index_misses: number;
  readonly match_hits: number;
  readonly match_misses: number;
  readonly since: number | null;
  readonly processed: number;
  readonly succeeded: number;
  readonly unchanged: number;
  readonly failed: number;
  readonly given_up: number;
  readonly skipped: number;
  readonly p50_s: number;
  readonly p95_s: number;
  readonly high_confidence: number;
  readonly low_confidence: number;
  readonly scores: Readonly<Record<string, number>>;
  readonly errors: Readonly<Record<string, number>>;
  readonly requests: number;
  readonly bytes_sent: number;
  readonly bytes_received: number;
  readonly outages: number;
  readonly down_s: number;
}

/** ``step_s`` is a bucket's length. Buckets in which nothing happened are left out. */
export interface Statistics {
  readonly at: number;
  readonly step_s: number;
  readonly buckets: readonly Bucket[];
  readonly session: Figures;
  readonly cumulative: Figures;
}

/** A scene that stands for others. */
export interface PreviewExample {
  readonly scene_id: number;
  readonly title: string;
  readonly detail: string;
}

/** A reason for leaving scenes, or fields of theirs, alone. */
export interface PreviewReason {
  readonly reason: string;
  readonly scenes: number;
  readonly examples: readonly PreviewExample[];
}

/** How often a field would be written, locked without a new value, or kept. */
export interface PreviewField {
  readonly field: string;
  readonly changed: number;
  readonly locks: number;
  readonly kept: number;
}

/** A report: ``change`` of ``scenes`` would be changed. ``html`` is where its page lies on Stash's machine. */
export interface PreviewSummary {
  readonly report: string;
  readonly at: number;
  readonly scope: string;
  readonly dry_run: boolean;
  readonly complete: boolean;
  readonly scenes: number;
  readonly change: number;
  readonly fields: readonly PreviewField[];
  readonly why: Readonly<Record<string, number>>;
  readonly skipped: readonly PreviewReason[];
  readonly html: string;
}

/** Why the last preview could not be made. */
export interface PreviewTrouble {
  readonly at: number;
  readonly message: string;
}

/** The newest reports, the newest first; ``running`` while another one is being made. */
export interface Previews {
  readonly reports: readonly PreviewSummary[];
  readonly running: boolean;
  readonly trouble: PreviewTrouble | null;
}

/** A change. ``old`` and ``new`` are texts, lists of tags, or the hash of a picture; of a lock ``unlocked`` and ``locked``. */
export interface PreviewLine {
  readonly field: string;
  readonly what: "value" | "picture" | "lock";
  readonly old: unknown;
  readonly new: unknown;
  readonly why: string;
  readonly size: number | null;
}

/** A field that stays as it is; ``plex`` and ``stash`` are None where Plex was not read. */
export interface PreviewKept {
  readonly field: string;
  readonly plex: unknown;
  readonly stash: unknown;
  readonly why: string;
}

/** A Plex item of a scene. */
export interface PreviewItem {
  readonly rating_key: number;
  readonly library: string;
  readonly changes: readonly PreviewLine[];
  readonly kept: readonly PreviewKept[];
}

/** A scene of a report. */
export interface PreviewScene {
  readonly scene_id: number;
  readonly title: string;
  readonly path: string;
  readonly result: string;
  readonly detail: string;
  readonly items: readonly PreviewItem[];
  readonly notes: readonly string[];
}

/** A page of a report's scenes; ``next_at`` is where the next one begins. */
export interface PreviewScenes {
  readonly scenes: readonly PreviewScene[];
  readonly next_at: number | null;
  readonly machine_identifier: string | null;
}

export type RestoreReason = "done" | "stopped" | "trouble";

/** A tested condition of Check Setup. ``rule`` may be put into the path map; empty where none is suggested. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly text: string;
  readonly remedy: string;
  readonly rule: string;
}

/** What Check Setup found; ``ok`` when no check has failed. */
export interface Checked {
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

/** Since when, and how that was noticed. */
export interface PlexAway {
  readonly since: number;
  readonly reason: string;
}

/** What queued a scene: its name, and in words. */
export interface Trigger {
  readonly name: string;
  readonly what: string;
  readonly at: number;
}

/** Why a scene was given up. */
export interface ExplainedFailure {
  readonly error_type: string;
  readonly message: string;
  readonly hint: string;
  readonly tries: number;
  readonly died_at: number;
  readonly scenes_with_this_cause: number;
}

/** A scene's file as Stash has it, where Plex should see it, and the rule of the path map that says so. */
export interface MappedPath {
  readonly stash: string;
  readonly plex: string;
  readonly rule: string | null;
}

/** What could not be asked, and why. */
export interface NotLookedUp {
  readonly part: string;
  readonly reason: string;
}

/** A Plex item of the scene. ``fields`` by field: outcome, at, written_at; ``now`` is what Plex shows, None when it could not be asked. */
export interface ExplainedItem {
  readonly rating_key: number;
  readonly library: string | null;
  readonly synced_at: number | null;
  readonly snapshot_at: number | null;
  readonly our_locks: readonly string[];
  readonly fields: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly open_writes: readonly string[];
  readonly now: Readonly<Record<string, unknown>> | null;
}

/** A field that was written. */
export interface ExplainedChange {
  readonly at: number;
  readonly rating_key: number;
  readonly field: string;
  readonly old: unknown;
  readonly new: unknown;
  readonly drain_id: string;
}

/** Why a scene is, or is not, in step: ``state`` is a word of docs/status.md, ``advice`` empty where there is nothing to do. ``queue``, ``last_result`` and ``match`` are what the database, or the index, has. */
export interface Explanation {
  readonly scene_id: number;
  readonly at: number;
  readonly state: string;
  readonly why: string;
  readonly advice: string;
  readonly title: string;
  readonly path: string;
  readonly paused: boolean;
  readonly plex_away: PlexAway | null;
  readonly trigger: Trigger | null;
  readonly queue: Readonly<Record<string, unknown>> | null;
  readonly dead_letter: ExplainedFailure | null;
  readonly last_result: Readonly<Record<string, unknown>> | null;
  readonly items: readonly ExplainedItem[];
  readonly changes: readonly ExplainedChange[];
  readonly in_stash: boolean | null;
  readonly paths: readonly MappedPath[];
  readonly match: Readonly<Record<string, unknown>> | null;
  readonly not_looked_up: readonly NotLookedUp[];
}

/** The item that the scene is pinned to. */
export interface Pinned {
  readonly scene_id: number;
  readonly rating_key: number;
  readonly title: string;
  readonly path: string;
}

/** Whether there was a pin. */
export interface Unpinned {
  readonly scene_id: number;
  readonly was_pinned: boolean;
}

/** What was left as it is, or failed: of which item, and why. ``field`` is empty where it is the whole item. */
export interface RestoreNote {
  readonly scene_id: number;
  readonly rating_key: number;
  readonly title: string;
  readonly field: string;
  readonly why: string;
}

/** What a restore did (operation ``restore`` or ``unlock``). ``items`` were looked at, ``restored`` of them written. ``held`` counts the scenes that are held by it; ``left`` and ``failed`` have the first hundred of so many. */
export interface Restored {
  readonly reason: "done" | "stopped" | "trouble";
  readonly message: string;
  readonly restore_id: string;
  readonly preview: boolean;
  readonly items: number;
  readonly restored: number;
  readonly unlocked: number;
  readonly gone: number;
  readonly fields: Readonly<Record<string, number>>;
  readonly held: number;
  readonly left: readonly RestoreNote[];
  readonly left_total: number;
  readonly failed: readonly RestoreNote[];
  readonly failed_total: number;
}
