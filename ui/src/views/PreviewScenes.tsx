import React, { useState } from "react";
import { Badge, Button, Form } from "react-bootstrap";
import { ask } from "../ask";
import { text } from "../diff";
import { useLoaded, useLooks } from "../hooks";
import { Card, PlexLink, SceneHead, Shown, sceneName } from "../parts";
import { reason, why } from "../previewWords";
import type { PreviewItem, PreviewScene, PreviewSummary } from "../shapes";
import { count } from "../words";
import { Value } from "./Value";

interface Filter {
  readonly field: string;
  readonly reason: string;
}

const CHANGES: Filter = { field: "", reason: "change" };

/** A page of the scenes of a preview, by field and by what becomes of them. */
export const Scenes: React.FC<{ summary: PreviewSummary }> = ({ summary }) => {
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
            <List scenes={page.scenes} server={page.machine_identifier} none={summary.change === 0 && filter === CHANGES} />
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

interface ListProps {
  readonly scenes: readonly PreviewScene[];
  readonly server: string | null;
  /** A sync would change nothing at all. */
  readonly none: boolean;
}

const List: React.FC<ListProps> = ({ scenes, server, none }) => {
  const looks = useLooks(scenes.map((one) => one.scene_id));
  if (scenes.length === 0) {
    const why = none ? "A sync would change nothing." : "No scene of this preview passes the filter.";
    return <p>{why} Choose "All scenes" to see what was looked at.</p>;
  }
  return (
    <ul className="plexsync-list">
      {scenes.map((one) => {
        const head = { sceneId: one.scene_id, title: one.title, path: one.path, look: looks.get(one.scene_id) };
        const name = sceneName(head);
        return (
          <li key={one.scene_id} className="plexsync-change">
            <SceneHead {...head} />
            <div className="plexsync-what">
              {one.result !== "change" && (
                <p>
                  <Badge variant="secondary">{reason(one.result)}</Badge> {one.detail}
                </p>
              )}
              {one.items.map((item) => (
                <Item key={item.rating_key} item={item} scene={name} />
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
                  <PlexLink server={server} ratingKey={item.rating_key} name={name} />
                </div>
              ))}
            </small>
          </li>
        );
      })}
    </ul>
  );
};

const Item: React.FC<{ item: PreviewItem; scene: string }> = ({ item, scene }) => (
  <dl className="plexsync-fields">
    {item.changes.map((line) => (
      <div key={`${line.field} ${line.what}`}>
        <dt>{line.field}</dt>
        <dd>
          <Value old={line.old} fresh={line.new} name={`${line.field} of ${scene}`} />{" "}
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
