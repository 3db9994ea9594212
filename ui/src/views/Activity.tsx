import React, { useRef, useState } from "react";
import { Button, Form } from "react-bootstrap";
import { ask, scenesOfPerformer } from "../ask";
import { useClock, useLoaded, useLooks } from "../hooks";
import { Ago, Card, PlexLink, Reload, SceneHead, Shown, sceneName } from "../parts";
import { NothingFound, SearchBox } from "../search";
import type { Activity, Change } from "../shapes";
import { undoName, useUndo } from "./Undo";
import { Value } from "./Value";

interface Filter {
  readonly field: string;
  /** Words of a title or of a path, or a scene's number. */
  readonly search: string;
  readonly performer: string;
}

const NONE: Filter = { field: "", search: "", performer: "" };
const EMPTY: Activity = { changes: [], next_before: null, fields: [], machine_identifier: null };

async function load(filter: Filter, before: number | null): Promise<Activity> {
  const args: Record<string, unknown> = { field: filter.field, search: filter.search };
  if (before !== null) {
    args.before = before;
  }
  if (filter.performer) {
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
  const box = useRef<HTMLInputElement>(null);
  const clear = () => {
    choose(NONE);
    box.current?.focus(); // the button that was pressed goes
  };
  return (
    <Card title="What was written to Plex" aside={<Reload loaded={loaded} />}>
      {(fields.length > 0 || filter !== NONE) && <Filters filter={filter} fields={fields} choose={choose} clear={clear} box={box} />}
      <Shown loaded={loaded}>
        {(activity) => (
          <>
            <Changes activity={activity} filter={filter} clear={clear} changed={loaded.reload} />
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

interface FiltersProps {
  readonly filter: Filter;
  readonly fields: readonly string[];
  readonly box: React.RefObject<HTMLInputElement>;
  choose: (filter: Filter) => void;
  clear: () => void;
}

const Filters: React.FC<FiltersProps> = ({ filter, fields, box, choose, clear }) => {
  const [search, setSearch] = useState(filter.search);
  const [performer, setPerformer] = useState(filter.performer);
  React.useEffect(() => {
    setSearch(filter.search);
    setPerformer(filter.performer);
  }, [filter]);
  const typed = { search: search.trim(), performer: performer.trim() };
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    choose(filterOf({ ...filter, ...typed }));
  };
  return (
    <Form className="plexsync-filters" role="search" aria-label="Changes" onSubmit={submit}>
      <Form.Control
        as="select"
        className="input-control"
        aria-label="Field"
        value={filter.field}
        onChange={(event) => choose(filterOf({ ...filter, ...typed, field: event.target.value }))}
      >
        <option value="">All fields</option>
        {fields.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </Form.Control>
      <SearchBox box={box} value={search} change={setSearch} />
      <Form.Control
        className="input-control"
        type="search"
        aria-label="Performer"
        placeholder="Performer"
        value={performer}
        onChange={(event) => setPerformer(event.target.value)}
      />
      <Button type="submit" variant="primary">
        Filter
      </Button>
      {filter !== NONE && (
        <Button variant="secondary" onClick={clear}>
          Clear
        </Button>
      )}
    </Form>
  );
};

const filterOf = (one: Filter): Filter => (one.field || one.search || one.performer ? one : NONE);

/** Why the list is empty, and the way out. */
const Nothing: React.FC<{ filter: Filter; clear: () => void }> = ({ filter, clear }) => {
  if (filter === NONE) {
    return <p>Nothing was written yet. Save a scene, or press "Sync all" in Now: each field that changes in Plex stands here.</p>;
  }
  const wanted = [
    filter.field && `of the field ${filter.field}`,
    filter.search && `of a scene with “${filter.search}” in its title or path`,
    filter.performer && `of a scene with a performer like “${filter.performer}”`,
  ];
  const text = `No change is kept ${wanted.filter(Boolean).join(", ")}.`;
  return <NothingFound text={text} search={filter.search} all="Show all changes" clear={clear} />;
};

interface Group {
  readonly key: string;
  readonly changes: Change[];
}

/** Neighbouring changes of one item in one go, in the order in which they were written: the title first. */
export function grouped(changes: readonly Change[]): Group[] {
  const groups: Group[] = [];
  for (const change of changes) {
    const key = `${change.scene_id} ${change.rating_key} ${change.at}`;
    const last = groups[groups.length - 1];
    if (last?.key === key) {
      last.changes.unshift(change);
    } else {
      groups.push({ key, changes: [change] });
    }
  }
  return groups;
}

interface ChangesProps {
  readonly activity: Activity;
  readonly filter: Filter;
  clear: () => void;
  changed: () => void;
}

const Changes: React.FC<ChangesProps> = ({ activity, filter, clear, changed }) => {
  const clock = useClock(10);
  const looks = useLooks(activity.changes.map((one) => one.scene_id));
  if (activity.changes.length === 0) {
    return <Nothing filter={filter} clear={clear} />;
  }
  return (
    <ul className="plexsync-list">
      {grouped(activity.changes).map(({ key, changes: [first, ...others] }) => {
        if (first === undefined) {
          return null;
        }
        const head = { sceneId: first.scene_id, title: "", path: "", look: looks.get(first.scene_id) };
        const name = sceneName(head);
        return (
          <li key={`${key} ${first.id}`} className="plexsync-change">
            <SceneHead {...head} />
            <FieldChanges changes={[first, ...others]} scene={name} changed={changed} />
            <small className="text-muted plexsync-when">
              <Ago at={first.at} now={clock} />
              <br />
              <PlexLink server={activity.machine_identifier} ratingKey={first.rating_key} name={name} />
            </small>
          </li>
        );
      })}
    </ul>
  );
};

interface FieldProps {
  readonly changes: readonly Change[];
  /** What the scene is called, where several stand on the page. */
  readonly scene?: string;
  changed: () => void;
}

/** Old and new values, each with the way back. */
export const FieldChanges: React.FC<FieldProps> = ({ changes, scene = "", changed }) => {
  const undo = useUndo(changed);
  return (
    <>
      <dl className="plexsync-fields">
        {changes.map((change) => (
          <div key={change.id}>
            <dt>{change.field}</dt>
            <dd>
              <Value old={change.old} fresh={change.new} name={scene ? `${change.field} of ${scene}` : change.field} />
              {change.done ? (
                <Button
                  size="sm"
                  variant="secondary"
                  className="minimal plexsync-undo"
                  disabled={undo.busy}
                  onClick={() => undo.change(change, scene)}
                  aria-label={undoName(change, scene)}
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
