import React from "react";
import { Badge, Button, ButtonGroup } from "react-bootstrap";
import { Link } from "react-router-dom";
import { PAGE, ask, runTask } from "../ask";
import { noteFailures } from "../badge";
import { useAction, useClock, useLoaded, useLooks } from "../hooks";
import { Ago, Card, Progress, SceneHead, Shown } from "../parts";
import type { Now, Reconcile, Result } from "../shapes";
import { OUTCOMES, comparison, count, drainEnd, found, isComparing, percent, plural, remaining, span } from "../words";

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
          <DryRun now={now} />
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

const DryRun: React.FC<{ now: Now }> = ({ now }) =>
  now.dry_run ? (
    <div className="alert alert-warning" role="status">
      <strong>Dry run.</strong> Nothing is written to Plex while the setting dry_run is on.
      {now.queue.previewed > 0 && ` ${plural(now.queue.previewed, "scene")} looked at so far, to be synced when it is off.`}
    </div>
  ) : null;

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
        <Button variant="primary" disabled={busy} onClick={() => task("Sync Queued Scenes")}>
          Sync queued
        </Button>
        <Button variant="secondary" disabled={busy} onClick={() => task("Sync Recent Scenes")}>
          Sync recent
        </Button>
        <Button variant="secondary" disabled={busy} onClick={() => task("Sync All Scenes")}>
          Sync all
        </Button>
        <Button variant="secondary" disabled={busy} onClick={() => task("Reconcile Library")}>
          Reconcile
        </Button>
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

const PlexCard: React.FC<{ now: Now }> = ({ now: { plex, stash_away_since } }) => {
  const clock = useClock();
  const look = { up: ["success", "Up"], down: ["danger", "Away"], unknown: ["secondary", "Not met yet"] } as const;
  const [variant, word] = look[plex.state];
  return (
    <Card title="Plex" aside={<Badge variant={variant}>{word}</Badge>}>
      {plex.state === "down" && plex.down_since !== null && (
        <>
          <p>
            Away since <Ago at={plex.down_since} now={clock} />: {plex.reason}
          </p>
          <p className="text-muted">
            Nothing is lost: every scene stays queued
            {plex.next_probe_at !== null && plex.next_probe_at > clock && (
              <>
                {", and Plex is looked for again "}
                <Ago at={plex.next_probe_at} now={clock} />
              </>
            )}
            .
          </p>
        </>
      )}
      {plex.state === "unknown" && (
        <p>
          Enter Plex's address and token in the plugin's settings, then run <Link to={`${PAGE}?view=setup&check=now`}>Check setup</Link>.
        </p>
      )}
      {plex.state === "up" && (
        <p>
          {plex.version && `Version ${plex.version.split("-")[0]}, `}
          {plex.libraries.length > 0 ? `libraries ${plex.libraries.join(", ")}` : "no library yet"}
        </p>
      )}
      {stash_away_since !== null && (
        <p className="text-warning">
          Stash did not answer the worker since <Ago at={stash_away_since} now={clock} />.
        </p>
      )}
    </Card>
  );
};

const QueueCard: React.FC<{ now: Now; reload: () => void }> = ({ now: { queue, errands, failures }, reload }) => {
  const clock = useClock();
  const { busy, act } = useAction();
  const letGo = () =>
    act(async () => {
      const { scenes } = await ask("resume");
      return `No scene is held any more: ${plural(scenes, "scene")} waiting.`;
    }, reload);
  const rows: [string, number, React.ReactNode][] = [
    ["Pending", queue.pending, null],
    ["In work", queue.in_flight, null],
    [
      "To be tried again",
      queue.deferred,
      queue.deferred > 0 && queue.next_due_at !== null && queue.next_due_at > clock && (
        <>
          next <Ago at={queue.next_due_at} now={clock} />
        </>
      ),
    ],
    ["Waiting for Plex to find the file", queue.waiting_for_plex, null],
  ];
  if (errands > 0) {
    rows.push(["Changed performers, studios, tags and groups", errands, "their scenes are to be looked up"]);
  }
  if (queue.previewed > 0) {
    rows.push(["Looked at by the dry run", queue.previewed, null]);
  }
  if (queue.held > 0) {
    rows.push([
      "Held after a restore",
      queue.held,
      !queue.paused && (
        <Button size="sm" variant="secondary" disabled={busy} onClick={letGo} aria-label="Resume held scenes">
          Resume
        </Button>
      ),
    ]);
  }
  return (
    <Card title="Queue" aside={queue.paused && <Badge variant="warning">Paused</Badge>}>
      <dl className="plexsync-facts">
        {rows.map(([name, value, more]) => (
          <div key={name}>
            <dt>
              {name} {more && <small className="text-muted">{more}</small>}
            </dt>
            <dd>{count(value)}</dd>
          </div>
        ))}
        <div>
          <dt>
            <Link to={`${PAGE}?view=failures`}>Failed</Link>
          </dt>
          <dd>{failures > 0 ? <Badge variant="danger">{count(failures)}</Badge> : 0}</dd>
        </div>
      </dl>
    </Card>
  );
};

const WorkerCard: React.FC<{ now: Now }> = ({ now: { worker } }) => {
  const clock = useClock();
  const { drain, last_drain: last } = worker;
  const done = drain && percent(drain);
  const left = drain && remaining(drain);
  const word = worker.draining ? "At work" : worker.asked ? "Asked" : "Idle";
  return (
    <Card title="Worker" aside={<Badge variant={worker.draining ? "info" : "secondary"}>{word}</Badge>}>
      {drain && (
        <div>
          <Progress name="Scenes done" done={done} moving={done === null} />
          <p>
            {drain.total === null
              ? "In its first batch"
              : `${count(drain.done)} of ${plural(drain.total, "scene")}${drain.rate ? `, ${drain.rate.toPrecision(2)} a second` : ""}`}
            {left !== null && left > 0 && `, about ${span(left)} left`}
          </p>
        </div>
      )}
      <p>{plural(worker.synced_items, "Plex item")} in step with Stash.</p>
      {worker.last_hour.done > 0 && <p>{plural(worker.last_hour.done, "scene")} in the last hour.</p>}
      {last ? (
        <p className="text-muted">
          Last run <Ago at={last.finished_at} now={clock} />: {drainEnd(last)}
        </p>
      ) : (
        <p className="text-muted">No run yet.</p>
      )}
    </Card>
  );
};

const ReconcileCard: React.FC<{ reconcile: Reconcile }> = ({ reconcile: { under_way, last } }) => {
  const clock = useClock();
  const shown = under_way ?? last;
  const working = under_way !== null && isComparing(under_way, clock);
  const done = under_way && Math.min(100, Math.floor((100 * under_way.scenes) / Math.max(1, under_way.total)));
  const word = under_way === null ? "" : working ? "At work" : "Broken off";
  return (
    <Card title="Reconcile" aside={word && <Badge variant={working ? "info" : "secondary"}>{word}</Badge>}>
      {done !== null && <Progress name="Scenes compared" done={done} moving={working} />}
      {shown === null ? (
        <p className="text-muted">Compares the whole library with Plex, and syncs what no hook has told of. Never done yet.</p>
      ) : (
        <>
          <p>{comparison(shown)}</p>
          <dl className="plexsync-facts">
            {found(shown).map(([words, scenes]) => (
              <div key={words}>
                <dt>{words}</dt>
                <dd>{count(scenes)}</dd>
              </div>
            ))}
          </dl>
          <p className="text-muted">
            {under_way !== null && !working && "Press Reconcile to go on. "}
            {under_way === null ? "Ended" : "Last page"} <Ago at={shown.at} now={clock} />.
          </p>
        </>
      )}
    </Card>
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
        {results.map((one) => (
          <li key={one.scene_id}>
            <SceneHead sceneId={one.scene_id} title={one.title} path={one.path} look={looks.get(one.scene_id)} />
            <div className="plexsync-what">
              <Badge variant={VARIANTS[one.result]}>{OUTCOMES[one.result]}</Badge> <span>{one.text}</span>
            </div>
            <small className="text-muted plexsync-when">
              <Ago at={one.at} now={clock} />
            </small>
          </li>
        ))}
      </ul>
    </Card>
  );
};
