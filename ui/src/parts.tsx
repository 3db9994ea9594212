import { FontAwesomeIcon } from "@fortawesome/react-fontawesome";
import { faArrowUpRightFromSquare, faRotateRight, type IconDefinition } from "@fortawesome/free-solid-svg-icons";
import React, { useState } from "react";
import { Alert, Button, Modal, Spinner } from "react-bootstrap";
import { Link } from "react-router-dom";
import type { SceneLook } from "./ask";
import type { Loaded } from "./hooks";
import { heading, passes } from "./trouble";
import { baseName, moment, plexLink, when } from "./words";

export const Icon: React.FC<{ icon: IconDefinition; className?: string }> = ({ icon, className = "" }) => (
  <FontAwesomeIcon icon={icon} className={`fa-icon ${className}`} aria-hidden="true" />
);

/** The trouble of what is loaded, then what was loaded; a spinner until there is one of the two. */
export function Shown<T>({ loaded, children }: { loaded: Loaded<T>; children: (data: T) => React.ReactNode }) {
  const { data, trouble, loading, reload } = loaded;
  return (
    <>
      {trouble && (
        <Alert variant={trouble.kind === "plugin" ? "danger" : "warning"} className="plexsync-trouble">
          <strong>{heading(trouble.kind)}.</strong> {trouble.message} {passes(trouble.kind) && "This page asks again by itself. "}
          <Button size="sm" variant="secondary" onClick={reload} disabled={loading}>
            Try again
          </Button>
        </Alert>
      )}
      {data === null && !trouble && (
        <div className="plexsync-loading" role="status">
          <Spinner animation="border" size="sm" aria-hidden="true" /> Loading…
        </div>
      )}
      {data !== null && children(data)}
    </>
  );
}

export const Ago: React.FC<{ at: number; now: number }> = ({ at, now }) => (
  <time dateTime={new Date(at * 1000).toISOString()} title={moment(at)}>
    {when(at, now)}
  </time>
);

export const Card: React.FC<{ title: string; aside?: React.ReactNode; className?: string }> = ({
  title,
  aside,
  className = "",
  children,
}) => (
  <section className={`card plexsync-card ${className}`}>
    <div className="plexsync-card-head">
      <h3>{title}</h3>
      {aside}
    </div>
    {children}
  </section>
);

export const Reload: React.FC<{ loaded: Loaded<unknown> }> = ({ loaded }) => (
  <Button
    variant="secondary"
    size="sm"
    className="minimal"
    onClick={loaded.reload}
    disabled={loaded.loading}
    title="Load again"
    aria-label="Load again"
  >
    <Icon icon={faRotateRight} />
  </Button>
);

/** How far something is; null while nobody knows. (Bootstrap's own bar cannot be given a name for a screen reader.) */
export const Progress: React.FC<{ name: string; done: number | null; moving: boolean }> = ({ name, done, moving }) => (
  <div className="progress">
    <div
      role="progressbar"
      className={`progress-bar ${moving ? "progress-bar-striped progress-bar-animated" : ""}`}
      style={{ width: `${done ?? 100}%` }}
      aria-label={name}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(done === null ? {} : { "aria-valuenow": done })}
    >
      {done === null ? "" : `${done} %`}
    </div>
  </div>
);

interface Asked {
  readonly title: string;
  readonly text: string;
  readonly button: string;
  act: () => void;
}

/** A question before what cannot be taken back: `ask` shows it, `question` is to be rendered. */
export function useQuestion(): { ask: (asked: Asked) => void; question: React.ReactNode } {
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = () => setAsked(null);
  const question = asked && (
    <Modal show onHide={close} aria-labelledby="plexsync-question" className="plexsync-modal">
      <Modal.Header>
        <Modal.Title id="plexsync-question">{asked.title}</Modal.Title>
      </Modal.Header>
      <Modal.Body>{asked.text}</Modal.Body>
      <Modal.Footer>
        <Button variant="secondary" onClick={close}>
          Cancel
        </Button>
        <Button
          variant="danger"
          onClick={() => {
            close();
            asked.act();
          }}
        >
          {asked.button}
        </Button>
      </Modal.Footer>
    </Modal>
  );
  return { ask: setAsked, question };
}

interface SceneProps {
  readonly sceneId: number;
  readonly title: string;
  readonly path: string;
  readonly look: SceneLook | undefined;
  /** Of the path, for what is described by it: titles may be alike. */
  readonly pathId?: string;
}

export const sceneName = ({ sceneId, title, path, look }: SceneProps): string =>
  [look?.title, title, baseName(look?.files[0]?.path ?? path)].find(Boolean) ?? `Scene ${sceneId}`;

/** Cover, title and path of a scene, with the way to it. Everything is text: nothing of it is ever run. */
export const SceneHead: React.FC<SceneProps> = (props) => {
  const { sceneId, path, look } = props;
  const cover = look?.paths.screenshot;
  const where = look?.files[0]?.path ?? path;
  return (
    <div className="plexsync-scene-head">
      {cover ? <img src={cover} alt="" loading="lazy" /> : <span className="plexsync-no-cover" />}
      <div className="plexsync-scene-names">
        <Link to={`/scenes/${sceneId}`} dir="auto">
          {sceneName(props)}
        </Link>
        {where && (
          <small className="text-muted plexsync-path" id={props.pathId}>
            {where}
          </small>
        )}
      </div>
    </div>
  );
};

interface PlexLinkProps {
  readonly server: string | null;
  readonly ratingKey: number;
  /** What is opened, for a screen reader; where the link's text says so itself, none. */
  readonly name?: string;
  readonly children?: React.ReactNode;
}

export const PlexLink: React.FC<PlexLinkProps> = ({ server, ratingKey, name, children = "Open in Plex" }) => {
  const href = plexLink(server, ratingKey);
  return href === null ? null : (
    <a href={href} target="_blank" rel="noopener noreferrer" aria-label={name && `Open in Plex: ${name}`}>
      {children}
      <Icon icon={faArrowUpRightFromSquare} className="ml-1" />
    </a>
  );
};
