import React from "react";
import { PlexLink } from "../parts";
import type { Candidate } from "../shapes";

/** The Plex items that could be meant, side by side: what speaks for each, and how much. */
export const Candidates: React.FC<{ candidates: readonly Candidate[]; server: string | null }> = ({ candidates, server }) => (
  <table className="table table-sm plexsync-candidates">
    <thead>
      <tr>
        <th scope="col">In Plex</th>
        <th scope="col">Evidence</th>
        <th scope="col">Score</th>
      </tr>
    </thead>
    <tbody>
      {candidates.map((one) => (
        <tr key={one.rating_key}>
          <td>
            {server === null ? one.title : <PlexLink server={server} ratingKey={one.rating_key}>{one.title || `Item ${one.rating_key}`}</PlexLink>}
            <small className="text-muted plexsync-path">{one.path}</small>
          </td>
          <td>{one.evidence}</td>
          <td>{one.score.toFixed(2)}</td>
        </tr>
      ))}
    </tbody>
  </table>
);
