// The words of a preview: why a field would change, and why scenes and fields are left alone. Tests compare the keys with
// worker/reasons.py and app/plan_totals.py.

export const WHY: Readonly<Record<string, string>> = {
  first_contact: "first contact",
  stash_changed: "Stash changed",
  setting_changed: "setting changed",
  plex_changed: "edited in Plex",
  lock_missing: "lock missing",
  picture_changed: "picture changed",
  cast_details: "characters or photos of the cast",
  kept_no_longer: "nothing keeps it any longer",
  not_confirmed: "an earlier write was not confirmed",
  scene_deleted: "scene deleted in Stash",
  lock: "locked by somebody else",
  edit: "edited in Plex, and kept",
  pull: "made in Plex, waits for Pull From Plex",
  unmoved: "kept at the last sync, not moved since",
  cover_unusable: "the cover cannot be used",
};

export const REASONS: Readonly<Record<string, string>> = {
  nothing_to_do: "nothing to do",
  not_in_plex: "not in Plex",
  uncertain: "matched with too little certainty",
  shared_item: "the Plex item shows another scene",
  no_files: "without a file",
  deleted: "no longer in Stash",
  held: "held until Resume",
  failed: "could not be looked at",
  kept_lock: "a field is locked by somebody else",
  kept_edit: "a field was edited in Plex, and is kept",
  kept_pull: "a rating was made in Plex, and waits for Pull From Plex",
  kept_before: "a field was kept at the last sync",
  cover_unusable: "the cover cannot be used",
};

const SCOPES: Readonly<Record<string, string>> = { all: "whole library", queued: "what was queued", scenes: "chosen scenes" };

export const why = (code: string): string => WHY[code] ?? code;
export const reason = (code: string): string => REASONS[code] ?? code;
export const scope = (code: string): string => SCOPES[code] ?? code;
