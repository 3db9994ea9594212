import { faChevronDown, faChevronRight } from "@fortawesome/free-solid-svg-icons";
import React, { useEffect, useRef, useState } from "react";
import { Button, Form } from "react-bootstrap";
import { ask } from "../ask";
import { shortened } from "../diff";
import { useAction, useClock, useLoaded, useLooks } from "../hooks";
import { Ago, Icon, PlexLink, SceneHead, Shown, sceneName, useQuestion } from "../parts";
import type { CauseOfFailure, FailedScene } from "../shapes";
import { count, plural } from "../words";
import { Candidates } from "./Candidates";
import { Explain } from "./Explain";

const PAGE_SIZE = 25;
/** Of a cause, where a button says it to a screen reader. */
const LONGEST_NAME = 100;

const nameOf = (cause: CauseOfFailure): string => cause.text || cause.error_type;

const queuedAgain = (scenes: number, paused: boolean): string =>
  `${plural(scenes, "scene")} queued again.${paused ? " Syncing is paused." : ""}`;

interface CauseProps {
  readonly cause: CauseOfFailure;
  /** What was searched for: then only the scenes that it means are shown, tried again or discarded. */
  readonly search: string;
  readonly startsOpen: boolean;
  changed: () => void;
}

/** Why some scenes have failed, and behind it a page of them. */
export const CauseRow: React.FC<CauseProps> = ({ cause, search, startsOpen, changed }) => {
  const [open, setOpen] = useState(startsOpen);
  const clock = useClock(10);
  const { busy, act } = useAction();
  const { ask: question, question: shown } = useQuestion();
  const key = { error_type: cause.error_type, cause: cause.cause, search };
  const all = search ? " found" : cause.scenes > 1 ? " all" : "";
  const name = nameOf(cause);
  const shortName = shortened(name, LONGEST_NAME);
  const retry = () =>
    act(async () => {
      const { scenes, paused } = await ask("retry", key);
      return queuedAgain(scenes, paused);
    }, changed);
  const discard = () =>
    question({
      title: `Discard ${plural(cause.scenes, "failed scene")}?`,
      text: `${cause.scenes === 1 ? "It is" : "They are"} not tried again before the next edit, or before all scenes are synced.`,
      button: "Discard",
      act: () =>
        act(async () => `${plural((await ask("discard", key)).scenes, "scene")} discarded.`, changed),
    });
  return (
    <li>
      <div className="plexsync-cause">
        <button type="button" className="plexsync-cause-head" onClick={() => setOpen(!open)} aria-expanded={open}>
          <Icon icon={open ? faChevronDown : faChevronRight} />
          <span className="plexsync-count">{count(cause.scenes)}</span>
          <span className="plexsync-cause-text">
            <strong>{name}</strong>
            {cause.hint && <span className="plexsync-hint">{cause.hint}</span>}
            <small className="text-muted">
              {cause.error_type}
              {cause.folder && ` · all below ${cause.folder}`} · <Ago at={cause.last_at} now={clock} />
              {cause.last_at - cause.first_at >= 60 && (
                <>
                  , first <Ago at={cause.first_at} now={clock} />
                </>
              )}
            </small>
          </span>
        </button>
        <div className="plexsync-cause-buttons">
          <Button size="sm" variant="primary" disabled={busy} onClick={retry} aria-label={`Retry${all}: ${shortName}`}>
            Retry{all}
          </Button>
          <Button size="sm" variant="secondary" disabled={busy} onClick={discard} aria-label={`Discard${all}: ${shortName}`}>
            Discard{all}
          </Button>
        </div>
      </div>
      {open && <CauseScenes cause={cause} search={search} changed={changed} />}
      {shown}
    </li>
  );
};

const CauseScenes: React.FC<Omit<CauseProps, "startsOpen">> = ({ cause, search, changed }) => {
  const [offset, setOffset] = useState(0);
  const [picked, setPicked] = useState<ReadonlySet<number>>(new Set());
  const { busy, act } = useAction();
  const args = { error_type: cause.error_type, cause: cause.cause, search, offset, limit: PAGE_SIZE };
  const loaded = useLoaded(() => ask("cause", args), `${offset} ${cause.scenes} ${cause.last_at}`);
  const scenes = loaded.data?.scenes ?? [];
  const looks = useLooks(scenes.map((one) => one.scene_id));
  const inside = useRef<HTMLDivElement>(null);
  const done = () => {
    inside.current?.focus({ preventScroll: true }); // the row whose button was pressed goes
    setPicked(new Set());
    loaded.reload();
    changed();
  };
  const left = loaded.data?.total ?? offset + 1;
  useEffect(() => {
    if (offset >= left) {
      setOffset(Math.max(0, Math.ceil(left / PAGE_SIZE) - 1) * PAGE_SIZE); // the last page has been emptied
    }
  }, [offset, left]);
  const on = (ids: readonly number[], what: "retry" | "discard") =>
    act(async () => {
      const { scenes: number, paused } = await ask(what, { scene_ids: ids });
      return what === "discard" ? `${plural(number, "scene")} discarded.` : queuedAgain(number, paused);
    }, done);
  const name = shortened(nameOf(cause), LONGEST_NAME);
  const choice = picked.size > 0 ? `${plural(picked.size, "scene")} picked` : "Pick all of this page";
  const pick = (id: number, yes: boolean) => {
    const next = new Set(picked);
    if (yes) {
      next.add(id);
    } else {
      next.delete(id);
    }
    setPicked(next);
  };
  return (
    <div className="plexsync-inside" ref={inside} tabIndex={-1} role="group" aria-label={name}>
      <Shown loaded={loaded}>
        {(page) => (
          <>
            <div className="plexsync-selection">
              <Form.Check
                id={`plexsync-pick-${encodeURIComponent(`${cause.error_type} ${cause.cause}`)}`}
                label={choice}
                aria-label={`${choice}: ${name}`}
                checked={scenes.length > 0 && scenes.every((one) => picked.has(one.scene_id))}
                onChange={(event) => setPicked(new Set(event.target.checked ? scenes.map((one) => one.scene_id) : []))}
              />
              {picked.size > 0 && (
                <>
                  <Button
                    size="sm"
                    variant="primary"
                    disabled={busy}
                    onClick={() => on([...picked], "retry")}
                    aria-label={`Retry picked: ${name}`}
                  >
                    Retry picked
                  </Button>
                  <Button
                    size="sm"
                    variant="secondary"
                    disabled={busy}
                    onClick={() => on([...picked], "discard")}
                    aria-label={`Discard picked: ${name}`}
                  >
                    Discard picked
                  </Button>
                </>
              )}
            </div>
            <ul className="plexsync-list">
              {page.scenes.map((one) => (
                <li key={one.scene_id}>
                  <Failed
                    scene={one}
                    alike={one.message === cause.text}
                    look={looks.get(one.scene_id)}
                    server={page.machine_identifier}
                    picked={picked.has(one.scene_id)}
                    pick={(yes) => pick(one.scene_id, yes)}
                    busy={busy}
                    changed={done}
                    act={(what) => on([one.scene_id], what)}
                  />
                </li>
              ))}
            </ul>
            <Pager name={name} offset={page.offset} total={page.total} turn={setOffset} />
          </>
        )}
      </Shown>
    </div>
  );
};

interface FailedProps {
  readonly scene: FailedScene;
  readonly alike: boolean;
  readonly look: Parameters<typeof sceneName>[0]["look"];
  readonly server: string | null;
  readonly picked: boolean;
  readonly busy: boolean;
  changed: () => void;
  pick: (yes: boolean) => void;
  act: (what: "retry" | "discard") => void;
}

const Failed: React.FC<FailedProps> = ({ scene, alike, look, server, picked, busy, changed, pick, act }) => {
  const clock = useClock(10);
  const pathId = `plexsync-failed-${scene.scene_id}`;
  const head = { sceneId: scene.scene_id, title: scene.title, path: scene.path, look, pathId };
  const name = sceneName(head);
  return (
    <>
      <Form.Check
        id={`pick-${scene.scene_id}`}
        aria-label={`Pick ${name}`}
        aria-describedby={pathId}
        checked={picked}
        onChange={(event) => pick(event.target.checked)}
      />
      <SceneHead {...head} />
      <div className="plexsync-what">
        {!alike && scene.candidates.length === 0 && <span>{scene.message}</span>}
        <small className="text-muted">
          {plural(scene.attempts, "try", "tries")}, given up <Ago at={scene.died_at} now={clock} />
          {scene.candidates.length === 0 &&
            scene.targets.map((one) => (
              <React.Fragment key={one}>
                {" "}
                <PlexLink server={server} ratingKey={one} name={name} />
              </React.Fragment>
            ))}
        </small>
        {scene.candidates.length > 0 && (
          <Candidates
            sceneId={scene.scene_id}
            sceneName={name}
            candidates={scene.candidates}
            server={server}
            pinned={changed}
          />
        )}
      </div>
      <div className="plexsync-row-buttons">
        <Button
          size="sm"
          variant="secondary"
          disabled={busy}
          onClick={() => act("retry")}
          aria-label={`Retry ${name}`}
          aria-describedby={pathId}
        >
          Retry
        </Button>
        <Button
          size="sm"
          variant="secondary"
          disabled={busy}
          onClick={() => act("discard")}
          aria-label={`Discard ${name}`}
          aria-describedby={pathId}
        >
          Discard
        </Button>
        <Explain sceneId={scene.scene_id} name={name} pathId={pathId} />
      </div>
    </>
  );
};

interface PagerProps {
  readonly name: string;
  readonly offset: number;
  readonly total: number;
  turn: (offset: number) => void;
}

const Pager: React.FC<PagerProps> = ({ name, offset, total, turn }) =>
  total <= PAGE_SIZE ? null : (
    <nav className="plexsync-pager" aria-label={`Pages: ${name}`}>
      <Button size="sm" variant="secondary" disabled={offset === 0} onClick={() => turn(Math.max(0, offset - PAGE_SIZE))}>
        Back
      </Button>
      <span>
        {count(offset + 1)}–{count(Math.min(offset + PAGE_SIZE, total))} of {count(total)}
      </span>
      <Button size="sm" variant="secondary" disabled={offset + PAGE_SIZE >= total} onClick={() => turn(offset + PAGE_SIZE)}>
        Next
      </Button>
    </nav>
  );
