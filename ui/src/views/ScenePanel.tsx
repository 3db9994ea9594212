import React from "react";
import { Badge, Button } from "react-bootstrap";
import { ask, operate } from "../ask";
import { useAction, useClock, useLoaded } from "../hooks";
import { Ago, PlexLink, Reload, Shown } from "../parts";
import type { Scene } from "../shapes";
import { STATES } from "../words";
import { FieldChanges, grouped } from "./Activity";
import { Candidates } from "./Candidates";
import { Explain } from "./Explain";
import { useUndo } from "./Undo";

const EVERY_S = 5;
const MOVING = new Set(["waiting", "waiting_for_plex"]);

/** The tab on a scene's page; it asks when it is looked at, and again while the scene waits for its turn. */
export const ScenePanel: React.FC<{ sceneId: number }> = ({ sceneId }) => {
  const [moving, setMoving] = React.useState(false);
  const loaded = useLoaded(() => ask("scene", { scene_id: sceneId }), String(sceneId), moving ? EVERY_S : 0);
  const state = loaded.data?.state ?? "unknown";
  React.useEffect(() => setMoving(MOVING.has(state)), [state]);
  return (
    <div className="plexsync plexsync-panel">
      <Shown loaded={loaded}>{(scene) => <Told scene={scene} loaded={loaded} />}</Shown>
    </div>
  );
};

/** What the words of a scene are about, where they are no message. */
const TOLD: Partial<Record<Scene["state"], string>> = { in_step: "Last sync:", changed_in_plex: "Kept as in Plex:" };

const Told: React.FC<{ scene: Scene; loaded: Parameters<typeof Reload>[0]["loaded"] }> = ({ scene, loaded }) => {
  const clock = useClock();
  const { busy, act } = useAction();
  const look = STATES[scene.state];
  const sync = () =>
    act(async () => {
      const { paused } = await ask("sync", { scene_id: scene.scene_id });
      return paused ? "Queued; syncing is paused." : "Queued, and on its way to Plex.";
    }, loaded.reload);
  const resume = () =>
    act(async () => {
      const { paused } = await ask("resume", { scene_id: scene.scene_id });
      return paused ? "No longer held; syncing is paused." : "No longer held, and on its way to Plex.";
    }, loaded.reload);
  const undo = useUndo(loaded.reload);
  const unpin = () =>
    act(async () => {
      await operate("unpin", { scene_id: scene.scene_id });
      return "Unpinned: evidence decides again.";
    }, loaded.reload);
  return (
    <>
      <div className="plexsync-buttons">
        <Badge variant={look.variant} aria-live="polite">
          {look.text}
        </Badge>
        {scene.state === "held" ? (
          <Button size="sm" variant="primary" disabled={busy} onClick={resume}>
            Resume
          </Button>
        ) : (
          <Button size="sm" variant="primary" disabled={busy} onClick={sync}>
            Sync now
          </Button>
        )}
        {scene.items.map((item) => (
          <PlexLink key={item.rating_key} server={scene.machine_identifier} ratingKey={item.rating_key} />
        ))}
        {scene.pinned && (
          <Button size="sm" variant="secondary" disabled={busy} onClick={unpin} title="Let evidence decide again">
            Unpin
          </Button>
        )}
        <Explain sceneId={scene.scene_id} />
        {scene.items.length > 0 && scene.state !== "held" && (
          <Button size="sm" variant="secondary" disabled={undo.busy} onClick={() => undo.scene(scene.scene_id)}>
            Restore
          </Button>
        )}
        <Reload loaded={loaded} />
      </div>
      {undo.question}
      {scene.state === "held" && <p>What Plex showed before was put back. Nothing is written to its item until you press Resume.</p>}
      {scene.text && (
        <p>
          {TOLD[scene.state]} {scene.text}
        </p>
      )}
      {scene.hint && <p className="plexsync-hint">{scene.hint}</p>}
      <p className="text-muted">
        {scene.at !== null && (
          <>
            Last try <Ago at={scene.at} now={clock} />.{" "}
          </>
        )}
        {scene.next_at !== null && scene.next_at > clock && (
          <>
            Next <Ago at={scene.next_at} now={clock} />.
          </>
        )}
      </p>
      {scene.match && (
        <>
          <h6>Match</h6>
          <p>
            {scene.match.confidence} confidence, {scene.match.method}, score {scene.match.score.toFixed(2)}
          </p>
          {scene.match.candidates.length > 0 && (
            <Candidates
              sceneId={scene.scene_id}
              candidates={scene.match.candidates}
              server={scene.machine_identifier}
              pinned={loaded.reload}
            />
          )}
        </>
      )}
      {scene.items.map((item) => (
        <Outcomes key={item.rating_key} outcomes={item.outcomes} now={clock} />
      ))}
      {scene.changes.length > 0 && (
        <>
          <h6>Last changes</h6>
          {grouped(scene.changes).map(({ key, changes }) => (
            <div key={`${key} ${changes[0]?.id}`} className="plexsync-group">
              <small className="text-muted">
                Written <Ago at={changes[0]?.at ?? 0} now={clock} />
              </small>
              <FieldChanges changes={changes} changed={loaded.reload} />
            </div>
          ))}
        </>
      )}
    </>
  );
};

const WORDS: Record<string, string> = {
  changed: "written",
  equal: "equal",
  kept: "kept as it is in Plex",
  failed: "failed",
};

const Outcomes: React.FC<{ outcomes: Scene["items"][number]["outcomes"]; now: number }> = ({ outcomes, now }) => {
  const names = Object.keys(outcomes).sort();
  return names.length === 0 ? null : (
    <>
      <h6>Fields</h6>
      <table className="table table-sm">
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Last result</th>
            <th scope="col">Last written</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => {
            const [outcome, , written] = outcomes[name] ?? [];
            return (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{WORDS[String(outcome)] ?? String(outcome)}</td>
                <td>{typeof written === "number" ? <Ago at={written} now={now} /> : "–"}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </>
  );
};
