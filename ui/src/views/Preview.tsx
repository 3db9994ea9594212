import React, { useState } from "react";
import { Alert, Badge, Button, Form } from "react-bootstrap";
import { ask, runTask } from "../ask";
import { shortened, text } from "../diff";
import { useAction, useClock, useLoaded, useLooks } from "../hooks";
import { Ago, Card, PlexLink, Reload, SceneHead, Shown, useQuestion } from "../parts";
import { reason, scope, why } from "../previewWords";
import type { PreviewItem, PreviewScene, PreviewSummary, Previews } from "../shapes";
import { count, moment, plural } from "../words";
import { Value } from "./Activity";

const EVERY_S = 5;
const LONGEST_EXAMPLE = 60;

interface Filter {
  readonly field: string;
  readonly reason: string;
}

const CHANGES: Filter = { field: "", reason: "change" };

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
            {previews.trouble && (
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
              <p>No preview was made yet. Press "Preview changes": it says what a sync would change, field by field, before anything is written.</p>
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
          className="input-control"
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
          variant="danger"
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
      <p className="text-muted plexsync-path">The whole report: {shown.html}</p>
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
          <th scope="col">changes</th>
          <th scope="col">locks alone</th>
          <th scope="col">kept</th>
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
          <th scope="col">scenes</th>
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

const Scenes: React.FC<{ summary: PreviewSummary }> = ({ summary }) => {
  const [filter, setFilter] = useState(CHANGES);
  const [pages, setPages] = useState<readonly number[]>([0]);
  const at = pages[pages.length - 1] ?? 0;
  const loaded = useLoaded(
    () => ask("preview", { report: summary.report, at, ...filter }),
    JSON.stringify([summary.report, at, filter]),
  );
  const choose = (next: Partial<Filter>) => {
    setFilter({ ...filter, ...next });
    setPages([0]);
  };
  return (
    <Card title="Scenes">
      <Filters summary={summary} filter={filter} choose={choose} />
      <Shown loaded={loaded}>
        {(page) => (
          <>
            <List scenes={page.scenes} server={page.machine_identifier} />
            <nav className="plexsync-pager" aria-label="Pages">
              {pages.length > 1 && (
                <Button
                  size="sm"
                  variant="secondary"
                  onClick={() => {
                    setPages(pages.slice(0, -1));
                  }}
                >
                  Back
                </Button>
              )}
              {page.next_at !== null && (
                <Button
                  size="sm"
                  variant="secondary"
                  onClick={() => {
                    setPages([...pages, page.next_at ?? 0]);
                  }}
                >
                  More
                </Button>
              )}
            </nav>
          </>
        )}
      </Shown>
    </Card>
  );
};

const Filters: React.FC<{ summary: PreviewSummary; filter: Filter; choose: (next: Partial<Filter>) => void }> = ({
  summary,
  filter,
  choose,
}) => (
  <div className="plexsync-filters">
    <Form.Control
      as="select"
      className="input-control"
      aria-label="Field"
      value={filter.field}
      onChange={(event) => {
        choose({ field: event.target.value });
      }}
    >
      <option value="">All fields</option>
      {summary.fields
        .filter((one) => one.changed + one.locks > 0)
        .map((one) => (
          <option key={one.field}>{one.field}</option>
        ))}
    </Form.Control>
    <Form.Control
      as="select"
      className="input-control"
      aria-label="What becomes of them"
      value={filter.reason}
      onChange={(event) => {
        choose({ reason: event.target.value });
      }}
    >
      <option value="change">Would be changed ({count(summary.change)})</option>
      {summary.skipped.map((one) => (
        <option key={one.reason} value={one.reason}>
          {reason(one.reason)} ({count(one.scenes)})
        </option>
      ))}
      <option value="">All scenes ({count(summary.scenes)})</option>
    </Form.Control>
  </div>
);

const List: React.FC<{ scenes: readonly PreviewScene[]; server: string | null }> = ({ scenes, server }) => {
  const looks = useLooks(scenes.map((one) => one.scene_id));
  if (scenes.length === 0) {
    return <p>No scene of this preview passes the filter. Choose "All scenes" to see what was looked at.</p>;
  }
  return (
    <ul className="plexsync-list">
      {scenes.map((one) => (
        <li key={one.scene_id} className="plexsync-change">
          <SceneHead sceneId={one.scene_id} title={one.title} path={one.path} look={looks.get(one.scene_id)} />
          <div className="plexsync-what">
            {one.result !== "change" && (
              <p>
                <Badge variant="secondary">{reason(one.result)}</Badge> {one.detail}
              </p>
            )}
            {one.items.map((item) => (
              <Item key={item.rating_key} item={item} />
            ))}
            {one.notes.map((note) => (
              <p key={note} className="text-muted">
                {note}
              </p>
            ))}
          </div>
          <small className="text-muted plexsync-when">
            {one.items.map((item) => (
              <div key={item.rating_key}>
                <PlexLink server={server} ratingKey={item.rating_key} />
              </div>
            ))}
          </small>
        </li>
      ))}
    </ul>
  );
};

const Item: React.FC<{ item: PreviewItem }> = ({ item }) => (
  <dl className="plexsync-fields">
    {item.changes.map((line) => (
      <div key={`${line.field} ${line.what}`}>
        <dt>{line.field}</dt>
        <dd>
          <Value old={line.old} fresh={line.new} />{" "}
          <small className="text-muted">
            {why(line.why)}
            {line.size !== null && `, ${count(line.size)} bytes`}
          </small>
        </dd>
      </div>
    ))}
    {item.kept.map((kept) => (
      <div key={`${kept.field} kept`}>
        <dt>{kept.field}</dt>
        <dd>
          kept{kept.plex !== null && `: ${text(kept.plex)}`}{" "}
          <small className="text-muted">
            {why(kept.why)}
            {kept.stash !== null && `; Stash has ${text(kept.stash)}`}
          </small>
        </dd>
      </div>
    ))}
  </dl>
);
