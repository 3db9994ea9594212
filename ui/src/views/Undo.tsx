import React from "react";
import { operate } from "../ask";
import { pictureWords, shortened, text } from "../diff";
import { useAction } from "../hooks";
import { useQuestion } from "../parts";
import type { Change } from "../shapes";
import { Trouble } from "../trouble";
import { restored } from "../words";

const LONGEST = 200;
const LONGEST_IN_NAME = 60;
const HELD = "The scene is held from then on: nothing is written to its item until you press Resume.";

/** What a field becomes again. The picture that was selected before is selected, also where its hash is not known. */
const before = (change: Change, most = LONGEST): string =>
  pictureWords(change.old, change.new) === null ? shown(change.old, most) : "the picture from before";

const shown = (value: unknown, most: number): string => {
  const whole = Array.isArray(value) ? value.map(text).join(", ") : text(value ?? "");
  const part = shortened(whole, most);
  return part ? `“${part}”` : "empty";
};

/** What its button does, for a screen reader: the same field of other scenes stands beside it. */
export const undoName = (change: Change, scene: string): string =>
  `Undo ${change.field}${scene && ` of ${scene}`}, back to ${before(change, LONGEST_IN_NAME)}`;

interface Undoing {
  readonly busy: boolean;
  readonly question: React.ReactNode;
  /** `scene` is what it is called, where several stand on the page. */
  change: (change: Change, scene: string) => void;
  scene: (sceneId: number) => void;
}

/** Puts back what was in Plex: one change, or all of a scene, after a question. `question` is to be rendered. */
export function useUndo(changed: () => void): Undoing {
  const { busy, act } = useAction();
  const { ask, question } = useQuestion();
  const restore = (what: Record<string, unknown>) =>
    act(async () => {
      const answer = await operate("restore", what);
      if (answer.reason !== "done") {
        throw new Trouble("plugin", answer.message || "It was stopped; try again.");
      }
      return restored(answer);
    }, changed);
  return {
    busy,
    question,
    change: (change, scene) =>
      ask({
        title: `Undo this change of ${change.field}${scene && ` of “${scene}”`}?`,
        text: `Where Plex still shows what PlexSync wrote, ${change.field} becomes ${before(change)} again. ${HELD}`,
        button: "Undo",
        act: () => restore({ change: change.id }),
      }),
    scene: (sceneId) =>
      ask({
        title: "Restore what Plex showed before PlexSync?",
        text: `Every field that PlexSync wrote goes back to what it was; what somebody has changed since is left alone. ${HELD}`,
        button: "Restore",
        act: () => restore({ scene_id: sceneId }),
      }),
  };
}
