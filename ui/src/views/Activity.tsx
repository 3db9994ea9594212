import React, { useState } from "react";
import { Button, Form } from "react-bootstrap";
import { ask, scenesOfPerformer } from "../ask";
import { difference, pictureWords, text } from "../diff";
import { useClock, useLoaded, useLooks } from "../hooks";
import { Ago, Card, PlexLink, Reload, SceneHead, Shown } from "../parts";
import type { Activity, Change } from "../shapes";
import { useUndo } from "./Undo";

interface Filter {
  readonly field: string;
  readonly scene: string;
  readonly performer: string;
}

const NONE: Filter = { field: "", scene: "", performer: "" };
const EMPTY: Activity = { changes: [], next_before: null, fields: [], machine_identifier: null };

async function load(filter: Filter, before: number | null): Promise<Activity> {
  const args: Record<string, unknown> = { field: filter.field };
  if (before !== null) {
    args.before = before;
  }
  if (filter.scene) {
    args.scene_id = filter.scene;
  } else if (filter.performer) {
    const scenes = await scenesOfPerformer(filter.performer);
    if (scenes.length === 0) {
      return EMPTY;
    }
    args.scene_ids = scenes;
  }
  return ask("activity", args);
}

export const ActivityView: React.FC = () => {
  const [filter, setFilter] = useState(NONE);
  const [pages, setPages] = useState<readonly (number | null)[]>([null]);
  const [fields, setFields] = useState<readonly string[]>([]);
  const before = pages[pages.length - 1] ?? null;
  const loaded = useLoaded(() => load(filter, before), JSON.stringify([filter, before]));
  const { data } = loaded;
  React.useEffect(() => {
    if (data && data.fields.length > 0) {
      setFields(data.fields);
    }
  }, [data]);
  const choose = (next: Filter) => {
    setFilter(next);
    setPages([null]);
  };
  return (
    <Card title="What was written to Plex" aside={<Reload loaded={loaded} />}>
      <Filters filter={filter} fields={fields} choose={choose} />
      <Shown loaded={loaded}>
        {(activity) => (
          <>
            <Changes activity={activity} filtered={filter !== NONE} changed={loaded.reload} />
            <nav className="plexsync-pager" aria-label="Pages">
              {pages.length > 1 && (
                <Button size="sm" variant="secondary" onClick={() => setPages(pages.slice(0, -1))}>
                  Newer
                </Button>
              )}
              {activity.next_before !== null && (
                <Button size="sm" variant="secondary" onClick={() => setPages([...pages, activity.next_before])}>
                  Older
                </Button>
              )}
            </nav>
          </>
        )}
      </Shown>
    </Card>
  );
};

const Filters: React.FC<{ filter: Filter; fields: readonly string[]; choose: (filter: Filter) => void }> = ({ filter, fields, choose }) => {
  const [scene, setScene] = useState(filter.scene);
  const [performer, setPerformer] = useState(filter.performer);
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    choose({ ...filter, scene: scene.replace(/\D/g, ""), performer: performer.trim() });
  };
  const clear = () => {
    setScene("");
    setPerformer("");
    choose(NONE);
  };
  return (
    <Form className="plexsync-filters" onSubmit={submit}>
      <Form.Control
        as="select"
        className="input-control"
        aria-label="Field"
        value={filter.field}
        onChange={(event) => choose({ ...filter, field: event.target.value })}
      >
        <option value="">All fields</option>
        {fields.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </Form.Control>
      <Form.Control
        className="input-control"
        aria-label="Number of a scene"
        placeholder="Scene number"
        inputMode="numeric"
        value={scene}
        onChange={(event) => setScene(event.target.value)}
      />
      <Form.Control
        className="input-control"
        aria-label="Performer"
        placeholder="Performer"
        value={performer}
        onChange={(event) => setPerformer(event.target.value)}
      />
      <Button type="submit" variant="primary">
        Filter
      </Button>
      {(filter.field || filter.scene || filter.performer) && (
        <Button variant="secondary" onClick={clear}>
          Clear
        </Button>
      )}
    </Form>
  );
};

interface Group {
  readonly key: string;
  readonly changes: Change[];
}

/** Neighbouring changes of one item in one go. */
function grouped(changes: readonly Change[]): Group[] {
  const groups: Group[] = [];
  for (const change of changes) {
    const key = `${change.scene_id} ${change.rating_key} ${change.at}`;
    const last = groups[groups.length - 1];
    if (last?.key === key) {
      last.changes.push(change);
    } else {
      groups.push({ key, changes: [change] });
    }
  }
  return groups;
}

interface ChangesProps {
  readonly activity: Activity;
  readonly filtered: boolean;
  changed: () => void;
}

const Changes: React.FC<ChangesProps> = ({ activity, filtered, changed }) => {
  const clock = useClock(10);
  const looks = useLooks(activity.changes.map((one) => one.scene_id));
  if (activity.changes.length === 0) {
    return <p>{filtered ? "Nothing was written that this filter lets through." : "Nothing was written yet."}</p>;
  }
  return (
    <ul className="plexsync-list">
      {grouped(activity.changes).map(({ key, changes: [first, ...others] }) =>
        first === undefined ? null : (
          <li key={`${key} ${first.id}`} className="plexsync-change">
            <SceneHead sceneId={first.scene_id} title="" path="" look={looks.get(first.scene_id)} />
            <FieldChanges changes={[first, ...others]} changed={changed} />
            <small className="text-muted plexsync-when">
              <Ago at={first.at} now={clock} />
              <br />
              <PlexLink server={activity.machine_identifier} ratingKey={first.rating_key} />
            </small>
          </li>
        ),
      )}
    </ul>
  );
};

/** Old and new values, each with the way back. */
export const FieldChanges: React.FC<{ changes: readonly Change[]; changed: () => void }> = ({ changes, changed }) => {
  const undo = useUndo(changed);
  return (
    <>
      <dl className="plexsync-fields">
        {changes.map((change) => (
          <div key={change.id}>
            <dt>{change.field}</dt>
            <dd>
              <Value old={change.old} fresh={change.new} />
              {change.done ? (
                <Button
                  size="sm"
                  variant="secondary"
                  className="minimal plexsync-undo"
                  disabled={undo.busy}
                  onClick={() => undo.change(change)}
                  aria-label={`Undo the change of ${change.field}`}
                >
                  Undo
                </Button>
              ) : (
                <small className="text-muted"> (being written)</small>
              )}
            </dd>
          </div>
        ))}
      </dl>
      {undo.question}
    </>
  );
};

const isEmpty = (value: unknown): boolean => value === null || value === undefined || value === "";

const Empty: React.FC = () => <small className="text-muted">empty</small>;

/** Old and new value of a field, as a reader tells them apart. */
export const Value: React.FC<{ old: unknown; fresh: unknown }> = ({ old, fresh }) => {
  const picture = pictureWords(old, fresh);
  if (picture !== null) {
    return <>{picture}</>;
  }
  if (!Array.isArray(old) && !Array.isArray(fresh)) {
    return (
      <>
        {isEmpty(old) ? <Empty /> : <del>{text(old)}</del>} <span aria-hidden="true">→</span>{" "}
        {isEmpty(fresh) ? <Empty /> : <ins>{text(fresh)}</ins>}
      </>
    );
  }
  const { removed, added, kept } = difference(old, fresh);
  return (
    <>
      {removed.map((one) => (
        <del key={`-${one}`}>{one}</del>
      ))}{" "}
      {added.map((one) => (
        <ins key={`+${one}`}>{one}</ins>
      ))}
      {kept > 0 && <small className="text-muted"> {kept} kept</small>}
    </>
  );
};
