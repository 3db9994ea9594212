import React, { useRef, useState } from "react";
import { ask } from "../ask";
import { noteFailures } from "../badge";
import { useLoaded } from "../hooks";
import { Card, Reload, Shown } from "../parts";
import { NothingFound, SearchForm } from "../search";
import type { Failures } from "../shapes";
import { count, plural } from "../words";
import { CauseRow } from "./Cause";

/** Who has found so few causes wants to see the scenes. */
const MOST_OPENED = 3;

export const FailuresView: React.FC = () => {
  const [search, setSearch] = useState("");
  const loaded = useLoaded(() => ask("failures", { search }), search);
  const [total, setTotal] = useState<number | null>(null);
  const { data } = loaded;
  React.useEffect(() => {
    if (data) {
      noteFailures(data.total);
      setTotal(data.total);
    }
  }, [data]);
  const box = useRef<HTMLInputElement>(null);
  const clear = () => {
    setSearch("");
    box.current?.focus(); // the button that was pressed goes
  };
  return (
    <Card title={heading(total, data, search)} aside={<Reload loaded={loaded} />}>
      {total !== null && total > 0 && (
        <SearchForm name="Failures" search={search} box={box} choose={setSearch} clear={clear} />
      )}
      <Shown loaded={loaded}>
        {(failures) =>
          failures.total === 0 ? (
            <p>Scenes that could not be brought to Plex stand here, with the reason and what to do.</p>
          ) : failures.causes.length === 0 ? (
            <NothingFound
              text={`No failed scene has “${search}” in its title or path.`}
              search={search}
              all="Show all failures"
              clear={clear}
            />
          ) : (
            <ul className="plexsync-list plexsync-causes">
              {failures.causes.map((cause) => (
                <CauseRow
                  key={JSON.stringify([cause.error_type, cause.cause, search])}
                  cause={cause}
                  search={search}
                  startsOpen={search !== "" && failures.causes.length <= MOST_OPENED}
                  changed={loaded.reload}
                />
              ))}
            </ul>
          )
        }
      </Shown>
    </Card>
  );
};

function heading(total: number | null, data: Failures | null, search: string): string {
  if (total === 0) {
    return "No scene has failed";
  }
  if (data === null) {
    return "Failed scenes";
  }
  const scenes = search ? `${count(data.found)} of ${plural(data.total, "failed scene")} found` : plural(data.total, "failed scene");
  return data.causes.length > 0 ? `${scenes}, ${plural(data.causes.length, "cause")}` : scenes;
}
