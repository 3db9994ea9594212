import React, { useState } from "react";
import { Alert, Button, Form, Spinner } from "react-bootstrap";
import { ask, runTask } from "../ask";
import { shortened } from "../diff";
import { useAction, useClock, useLoaded } from "../hooks";
import { Ago, Card, Reload, Shown, useQuestion } from "../parts";
import { reason, scope } from "../previewWords";
import type { PreviewSummary, Previews } from "../shapes";
import { count, moment, plural } from "../words";
import { Scenes } from "./PreviewScenes";

const EVERY_S = 5;
const LONGEST_EXAMPLE = 60;

export const PreviewView: React.FC = () => {
  const [chosen, setChosen] = useState<string | null>(null);
  // The newest report when one was asked for: until there is a newer one, the page looks for it.
  const [asked, setAsked] = useState<{ after: string | null; at: number } | null>(null);
  const loaded = useLoaded(() => ask("previews"), "previews", asked === null ? 0 : EVERY_S);
  const { data } = loaded;
  React.useEffect(() => {
    if (asked && data && answered(data, asked)) {
      setAsked(null);
      setChosen(null);
    }
  }, [data, asked]);
  return (
    <Shown loaded={loaded}>
      {(previews) => {
        const shown = previews.reports.find((one) => one.report === chosen) ?? previews.reports[0];
        return (
          <>
            <Start
              making={asked !== null || previews.running}
              started={() => {
                setAsked({ after: newest(previews), at: Date.now() / 1000 });
              }}
            />
            {previews.trouble && asked === null && !previews.running && (
              <Alert variant="danger">
                <strong>The last preview could not be made.</strong> {previews.trouble.message}
              </Alert>
            )}
            {shown ? (
              <>
                <Totals shown={shown} reports={previews.reports} choose={setChosen} aside={<Reload loaded={loaded} />} />
                <Scenes key={shown.report} summary={shown} />
              </>
            ) : (
              <Card title="No preview was made yet">
                <p>Press "Preview changes": it says what a sync would change, field by field, before anything is written.</p>
              </Card>
            )}
          </>
        );
      }}
    </Shown>
  );
};

const newest = (previews: Previews): string | null => previews.reports.find((one) => !one.dry_run)?.report ?? null;

const answered = (previews: Previews, asked: { after: string | null; at: number }): boolean =>
  newest(previews) !== asked.after || (previews.trouble !== null && previews.trouble.at >= asked.at);

const Start: React.FC<{ making: boolean; started: () => void }> = ({ making, started }) => {
  const { busy, act } = useAction();
  const start = () =>
    act(async () => {
      await runTask("Preview Changes");
      return '"Preview Changes" stands in Stash\'s task queue.';
    }, started);
  return (
    <div className="plexsync-buttons">
      <Button variant="primary" disabled={busy || making} onClick={start}>
        Preview changes
      </Button>
      <span role="status">
        {making && <Spinner animation="border" size="sm" aria-hidden="true" className="mr-2" />}
        {making ? "A preview is being made; its totals come here." : "Nothing is written to Plex by it."}
      </span>
    </div>
  );
};

interface TotalsProps {
  readonly shown: PreviewSummary;
  readonly reports: readonly PreviewSummary[];
  choose: (report: string) => void;
  readonly aside: React.ReactNode;
}

const Totals: React.FC<TotalsProps> = ({ shown, reports, choose, aside }) => {
  const clock = useClock(10);
  const { ask: question, question: dialog } = useQuestion();
  const { busy, act } = useAction();
  const apply = () =>
    act(async () => {
      const { scenes, paused } = await ask("apply", { report: shown.report });
      return `${plural(scenes, "scene")} queued${paused ? "; syncing is paused" : ""}.`;
    });
  return (
    <Card title="What a sync would change" aside={aside}>
      <div className="plexsync-filters">
        <Form.Control
          as="select"
          className="input-control plexsync-report"
          aria-label="Report"
          value={shown.report}
          onChange={(event) => {
            choose(event.target.value);
          }}
        >
          {reports.map((one) => (
            <option key={one.report} value={one.report}>
              {moment(one.at)}: {one.dry_run ? "dry run" : scope(one.scope)}, {count(one.change)} of {count(one.scenes)}
            </option>
          ))}
        </Form.Control>
        <Button
          variant="primary"
          disabled={busy || shown.change === 0}
          onClick={() => {
            question({
              title: "Apply these changes?",
              text: `${plural(shown.change, "scene")} will be queued, and synced as they are then.`,
              button: "Apply",
              act: apply,
            });
          }}
        >
          Apply these
        </Button>
      </div>
      <p>
        {plural(shown.scenes, "scene")} looked at <Ago at={shown.at} now={clock} />, <strong>{count(shown.change)}</strong> would be
        changed{shown.complete ? "." : "; it was stopped before its end."}
      </p>
      <div className="plexsync-cards plexsync-loose">
        <Fields shown={shown} />
        <Skipped shown={shown} />
      </div>
      <p className="text-muted plexsync-path">It shows how things stood then. The whole report: {shown.html}</p>
      {dialog}
    </Card>
  );
};

const Fields: React.FC<{ shown: PreviewSummary }> = ({ shown }) =>
  shown.fields.length === 0 ? null : (
    <table className="table table-sm plexsync-figures">
      <caption className="sr-only">By field</caption>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Changes</th>
          <th scope="col">Locks alone</th>
          <th scope="col">Kept</th>
        </tr>
      </thead>
      <tbody>
        {shown.fields.map((one) => (
          <tr key={one.field}>
            <th scope="row">{one.field}</th>
            <td>{count(one.changed)}</td>
            <td>{count(one.locks)}</td>
            <td>{count(one.kept)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );

const Skipped: React.FC<{ shown: PreviewSummary }> = ({ shown }) =>
  shown.skipped.length === 0 ? null : (
    <table className="table table-sm plexsync-figures">
      <caption className="sr-only">Left alone</caption>
      <thead>
        <tr>
          <th scope="col">Left alone</th>
          <th scope="col">Scenes</th>
        </tr>
      </thead>
      <tbody>
        {shown.skipped.map((one) => (
          <tr key={one.reason}>
            <th scope="row">
              {reason(one.reason)}
              <small className="text-muted plexsync-path">
                {one.examples.map(({ scene_id, title }, place) => (
                  <React.Fragment key={scene_id}>
                    {place > 0 && ", "}
                    <bdi>{shortened(title, LONGEST_EXAMPLE) || `scene ${scene_id}`}</bdi>
                  </React.Fragment>
                ))}
              </small>
            </th>
            <td>{count(one.scenes)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
