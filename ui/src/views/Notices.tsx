import { faCircleCheck } from "@fortawesome/free-solid-svg-icons";
import React from "react";
import { Link } from "react-router-dom";
import { PAGE, SETTINGS_PAGE } from "../ask";
import { useClock } from "../hooks";
import { Ago, Card, Icon } from "../parts";
import type { Now } from "../shapes";
import { plural, sentence } from "../words";

/** What has to be known before all else, and what to do about it. */
export const Notices: React.FC<{ now: Now }> = ({ now }) => (
  <>
    {now.results.length === 0 && now.worker.synced_items === 0 && <FirstSteps now={now} />}
    <Refused now={now} />
    {now.queue.paused && (
      <div className="alert alert-warning" role="status">
        <strong>Syncing is paused.</strong> Changes are noted, and nothing is written to Plex until you press Resume.
        {now.queue.pending > 0 && ` ${waiting(now.queue.pending)}.`}
      </div>
    )}
    {now.dry_run && (
      <div className="alert alert-warning" role="status">
        <strong>Dry run.</strong> Nothing is written to Plex while the setting dry_run is on.
        {now.queue.previewed > 0 && (
          <>
            {` ${plural(now.queue.previewed, "scene")} looked at so far, to be synced when it is off: `}
            <Link className="alert-link" to={`${PAGE}?view=preview`}>
              Preview
            </Link>{" "}
            shows what it would change.
          </>
        )}
      </div>
    )}
  </>
);

/** Nothing is synced until a person does something: a token is wrong, a library is gone, the server is another one. */
const Refused: React.FC<{ now: Now }> = ({ now: { worker } }) => {
  const clock = useClock(10);
  const last = worker.last_drain;
  return worker.draining || last?.reason !== "refused" ? null : (
    <div className="alert alert-danger" role="status">
      <strong>The last run could not go on.</strong> <Ago at={last.finished_at} now={clock} />: {sentence(last.message)} Every scene
      stays queued;{" "}
      <Link className="alert-link" to={`${PAGE}?view=setup&check=now`}>
        Check setup
      </Link>{" "}
      says what to do.
    </div>
  );
};

const waiting = (scenes: number): string => `${plural(scenes, "scene")} ${scenes === 1 ? "waits" : "wait"}`;

/** For who opens the page before anything was synced. */
const FirstSteps: React.FC<{ now: Now }> = ({ now: { plex, queue } }) => {
  const met = plex.state === "up";
  return (
    <Card title="First steps">
      <ol className="plexsync-steps">
        <li>
          Enter Plex's address and token in <Link to={SETTINGS_PAGE}>Settings, Plugins</Link>. {met && <Done />}
        </li>
        <li>
          Run <Link to={`${PAGE}?view=setup&check=now`}>Check setup</Link>: it says what is missing, and how to mend it. {met && <Done />}
        </li>
        <li>
          Look at a <Link to={`${PAGE}?view=preview`}>Preview</Link> of what a sync would change; nothing is written by it.
        </li>
        <li>Press "Sync all". From then on a scene that is saved in Stash shows in Plex by itself.</li>
      </ol>
      {!met && queue.pending > 0 && (
        <p>
          <strong>{waiting(queue.pending)} already,</strong> to be synced as soon as Plex can be reached.
        </p>
      )}
    </Card>
  );
};

const Done: React.FC = () => (
  <span className="text-success">
    <Icon icon={faCircleCheck} /> done
  </span>
);
