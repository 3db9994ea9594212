import React from "react";
import { Badge, Button } from "react-bootstrap";
import { Link } from "react-router-dom";
import { PAGE, ask } from "../ask";
import { useAction, useClock } from "../hooks";
import { Ago, Card, Progress } from "../parts";
import type { Now, Reconcile } from "../shapes";
import { comparison, count, drainEnd, found, isComparing, percent, plural, remaining, sentence, span } from "../words";

export const PlexCard: React.FC<{ now: Now }> = ({ now: { plex, stash_away_since } }) => {
  const clock = useClock();
  const look = { up: ["success", "Up"], down: ["danger", "Away"], unknown: ["secondary", "Not met yet"] } as const;
  const [variant, word] = look[plex.state];
  return (
    <Card title="Plex" aside={<Badge variant={variant}>{word}</Badge>}>
      {plex.state === "down" && plex.down_since !== null && (
        <>
          <p>
            {plex.machine_identifier === null ? (
              "Not reached so far"
            ) : (
              <>
                Went away <Ago at={plex.down_since} now={clock} />
              </>
            )}
            : {sentence(plex.reason ?? "")}
          </p>
          <p className="text-muted">
            Nothing is lost: every scene stays queued
            {plex.next_probe_at !== null && plex.next_probe_at > clock && (
              <>
                {", and Plex is looked for again "}
                <Ago at={plex.next_probe_at} now={clock} />
              </>
            )}
            . If it should be up, <Link to={`${PAGE}?view=setup&check=now`}>Check setup</Link> says what is wrong.
          </p>
        </>
      )}
      {plex.state === "unknown" && <p className="text-muted">Its version and libraries stand here once it has answered.</p>}
      {plex.state === "up" && (
        <p>
          {plex.version && `Version ${plex.version.split("-")[0]}, `}
          {plex.libraries.length > 0 ? `${plex.libraries.length === 1 ? "library" : "libraries"} ${plex.libraries.join(", ")}` : "no library yet"}
        </p>
      )}
      {stash_away_since !== null && (
        <p className="text-warning">
          Stash stopped answering the worker <Ago at={stash_away_since} now={clock} />; the worker looks for it again.
        </p>
      )}
    </Card>
  );
};

export const QueueCard: React.FC<{ now: Now; reload: () => void }> = ({ now: { queue, errands, failures }, reload }) => {
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

/** What the worker is at; one that has something to do and does nothing says what it waits for. */
function atWork({ worker, plex, queue }: Now): string {
  if (worker.draining) {
    return "At work";
  }
  if (queue.paused) {
    return "Paused";
  }
  if (plex.state === "down" || (plex.state === "unknown" && queue.pending > 0)) {
    return "Waits for Plex";
  }
  return worker.asked ? "Starting" : "Idle";
}

export const WorkerCard: React.FC<{ now: Now }> = ({ now }) => {
  const { worker } = now;
  const clock = useClock();
  const { drain, last_drain: last } = worker;
  const done = drain && percent(drain);
  const left = drain && remaining(drain);
  return (
    <Card title="Worker" aside={<Badge variant={worker.draining ? "info" : "secondary"}>{atWork(now)}</Badge>}>
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
      {worker.last_hour.done > 0 && <p>{plural(worker.last_hour.done, "scene")} worked off in the last hour.</p>}
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

export const ReconcileCard: React.FC<{ reconcile: Reconcile }> = ({ reconcile: { under_way, last } }) => {
  const clock = useClock();
  const shown = under_way ?? last;
  const working = under_way !== null && isComparing(under_way, clock);
  const done = under_way && Math.min(100, Math.floor((100 * under_way.scenes) / Math.max(1, under_way.total)));
  const word = under_way === null ? "" : working ? "At work" : "Broken off";
  return (
    <Card title="Reconcile" aside={word && <Badge variant={working ? "info" : "secondary"}>{word}</Badge>}>
      {done !== null && <Progress name="Scenes compared" done={done} moving={working} />}
      {shown === null ? (
        <p className="text-muted">
          Compares the whole library with Plex, and syncs what no edit has told of: auto tag, merges, edits in Plex. Never done yet.
        </p>
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
