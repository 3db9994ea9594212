import React from "react";
import { Button } from "react-bootstrap";
import { operate } from "../ask";
import type { Explanation } from "../shapes";
import { api } from "../stash";
import { heading, troubleOf } from "../trouble";

/** Looks in Stash and in Plex, right now, why the scene is or is not in step. It takes a moment, so only who asks gets it. */
export const Explain: React.FC<{ sceneId: number; name?: string; pathId?: string }> = ({ sceneId, name, pathId }) => {
  const toast = api.hooks.useToast();
  const [told, setTold] = React.useState<Explanation | null>(null);
  const [busy, setBusy] = React.useState(false);
  const explain = () => {
    setBusy(true);
    operate("explain", { scene_id: sceneId })
      .then(setTold, (error: unknown) => {
        const trouble = troubleOf(error, "plugin");
        toast.error(`${heading(trouble.kind)}: ${trouble.message}`);
      })
      .finally(() => setBusy(false));
  };
  return (
    <>
      <Button
        size="sm"
        variant="secondary"
        disabled={busy}
        onClick={explain}
        aria-label={name && !busy ? `Explain ${name}` : undefined}
        aria-describedby={pathId}
      >
        {busy ? "Looking…" : "Explain"}
      </Button>
      {told && (
        <div className="plexsync-hint plexsync-explained" role="status">
          {told.why}.{told.advice && ` ${told.advice}.`}
        </div>
      )}
    </>
  );
};
