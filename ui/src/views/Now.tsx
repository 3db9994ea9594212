import React from "react";
import { Badge, Button, ButtonGroup } from "react-bootstrap";
import { Link } from "react-router-dom";
import { PAGE, ask, runTask } from "../ask";
import { noteFailures } from "../badge";
import { useAction, useClock, useLoaded, useLooks } from "../hooks";
import { Ago, Card, SceneHead, Shown, sceneName } from "../parts";
import type { Result } from "../shapes";
import { OUTCOMES, plural } from "../words";
import { Notices } from "./Notices";
import { PlexCard, QueueCard, ReconcileCard, WorkerCard } from "./NowCards";

const EVERY_S = 5;

export const NowView: React.FC = () => {
  const loaded = useLoaded(() => ask("now"), "now", EVERY_S);
  React.useEffect(() => {
    if (loaded.data) {
      noteFailures(loaded.data.failures);
    }
  }, [loaded.data]);
  return (
    <Shown loaded={loaded}>
      {(now) => (
        <>
          <Notices now={now} />
          <Buttons paused={now.queue.paused} reload={loaded.reload} />
          <div className="plexsync-cards">
            <PlexCard now={now} />
            <QueueCard now={now} reload={loaded.reload} />
            <WorkerCard now={now} />
            <ReconcileCard reconcile={now.reconcile} />
          </div>
          <Results results={now.results} />
        </>
      )}
    </Shown>
  );
};

const TASKS = [
  ["Sync queued", "Sync Queued Scenes", "Work off what is waiting; after every change this happens by itself"],
  ["Sync recent", "Sync Recent Scenes", "Compare the scenes that changed in the last 24 hours with Plex, and write what differs"],
  ["Sync all", "Sync All Scenes", "Compare every scene with Plex, and write what differs"],
  ["Reconcile", "Reconcile Library", "Find what no edit has told of (auto tag, merges, edits in Plex, deleted scenes), and sync that"],
] as const;

const Buttons: React.FC<{ paused: boolean; reload: () => void }> = ({ paused, reload }) => {
  const { busy, act } = useAction();
  const task = (name: string) =>
    act(async () => {
      await runTask(name);
      return `"${name}" stands in Stash's task queue.`;
    }, reload);
  const pause = () =>
    act(async () => {
      if (paused) {
        const { scenes } = await ask("resume");
        return `Syncing goes on: ${plural(scenes, "scene")} waiting.`;
      }
      await ask("pause");
      return "Syncing is paused: changes are noted, nothing is written to Plex.";
    }, reload);
  return (
    <div className="plexsync-buttons">
      <ButtonGroup aria-label="Sync">
        {TASKS.map(([name, does, told], place) => (
          <Button key={name} variant={place === 0 ? "primary" : "secondary"} disabled={busy} title={told} onClick={() => task(does)}>
            {name}
          </Button>
        ))}
      </ButtonGroup>
      <Button variant={paused ? "warning" : "secondary"} disabled={busy} onClick={pause}>
        {paused ? "Resume" : "Pause"}
      </Button>
      <Link className="btn btn-secondary" to={`${PAGE}?view=preview`}>
        Preview
      </Link>
      <Link className="btn btn-secondary" to={`${PAGE}?view=setup&check=now`}>
        Check setup
      </Link>
    </div>
  );
};

const VARIANTS = { changed: "success", unchanged: "secondary", skipped: "secondary", failed: "warning", given_up: "danger" } as const;

const Results: React.FC<{ results: readonly Result[] }> = ({ results }) => {
  const clock = useClock();
  const looks = useLooks(results.map((one) => one.scene_id));
  if (results.length === 0) {
    return (
      <Card title="Last scenes">
        <p>Nothing was synced yet. Save a scene, or press "Sync all".</p>
      </Card>
    );
  }
  return (
    <Card title="Last scenes">
      <ul className="plexsync-list">
        {results.map((one) => {
          const head = { sceneId: one.scene_id, title: one.title, path: one.path, look: looks.get(one.scene_id) };
          return (
            <li key={one.scene_id}>
              <SceneHead {...head} />
              <div className="plexsync-what">
                <Badge variant={VARIANTS[one.result]}>{OUTCOMES[one.result]}</Badge> <span>{one.text}</span>
                {one.result === "given_up" && (
                  <small>
                    <Link to={`${PAGE}?view=failures`} aria-label={`What to do about ${sceneName(head)}`}>
                      What to do
                    </Link>
                  </small>
                )}
              </div>
              <small className="text-muted plexsync-when">
                <Ago at={one.at} now={clock} />
              </small>
            </li>
          );
        })}
      </ul>
    </Card>
  );
};
