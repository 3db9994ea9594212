import React from "react";
import { Button } from "react-bootstrap";
import { operate } from "../ask";
import { useAction } from "../hooks";
import { PlexLink } from "../parts";
import type { Candidate } from "../shapes";

interface Props {
  readonly sceneId: number;
  /** Of the scene, where several stand on the page. */
  readonly sceneName?: string;
  readonly candidates: readonly Candidate[];
  readonly server: string | null;
  pinned: () => void;
}

/** The Plex items that could be meant, side by side: what speaks for each, and how much. One of them may be pinned. */
export const Candidates: React.FC<Props> = ({ sceneId, sceneName, candidates, server, pinned }) => {
  const { busy, act } = useAction();
  const pin = (one: Candidate) =>
    act(async () => {
      const { title } = await operate("pin", { scene_id: sceneId, rating_key: one.rating_key });
      return `Pinned to ${title || `item ${one.rating_key}`}, and on its way to Plex.`;
    }, pinned);
  return (
    <table className="table table-sm plexsync-candidates">
      <thead>
        <tr>
          <th scope="col">In Plex</th>
          <th scope="col">Evidence</th>
          <th scope="col">Score</th>
          <th scope="col">
            <span className="sr-only">Action</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {candidates.map((one) => {
          const name = one.title || `Item ${one.rating_key}`;
          const shown = <bdi>{name}</bdi>;
          return (
            <tr key={one.rating_key}>
              <td>
                {server === null ? (
                  shown
                ) : (
                  <PlexLink server={server} ratingKey={one.rating_key}>
                    {shown}
                  </PlexLink>
                )}
                <small className="text-muted plexsync-path">{one.path}</small>
              </td>
              <td>{one.evidence}</td>
              <td>{one.score.toFixed(2)}</td>
              <td className="text-right">
                <Button
                  size="sm"
                  variant="secondary"
                  disabled={busy}
                  onClick={() => pin(one)}
                  title={`This is the scene: ${one.path}`}
                  aria-label={`Pin ${name}, ${one.path}${sceneName ? `, to ${sceneName}` : ""}`}
                >
                  Pin
                </Button>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
};
