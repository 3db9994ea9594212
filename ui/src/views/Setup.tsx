import { faCircleCheck, faCircleXmark } from "@fortawesome/free-solid-svg-icons";
import React, { useCallback, useEffect, useState } from "react";
import { Alert, Button, Form } from "react-bootstrap";
import { Link, useHistory, useLocation } from "react-router-dom";
import { PAGE, SETTINGS_PAGE, ask, changeSettings, operate, settings } from "../ask";
import { useAction, useLoaded } from "../hooks";
import { Card, Icon, Shown } from "../parts";
import type { Checked } from "../shapes";
import { type Trouble, heading, troubleOf } from "../trouble";
import { hasName, plural, toggled, withRule } from "../words";

export const SetupView: React.FC = () => {
  const [checked, setChecked] = useState<Checked | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [busy, setBusy] = useState(false);
  const [runs, setRuns] = useState(0);
  const history = useHistory();
  const toCheck = new URLSearchParams(useLocation().search).has("check");
  const check = useCallback(() => {
    setBusy(true);
    setTrouble(null);
    operate("check_setup")
      .then(
        (found) => {
          setChecked(found);
          setRuns((before) => before + 1);
        },
        (error: unknown) => setTrouble(troubleOf(error, "plugin")),
      )
      .finally(() => setBusy(false));
  }, []);
  useEffect(() => {
    if (toCheck) {
      history.replace(`${PAGE}?view=setup`); // loaded anew, the page does not check once more
      check();
    }
  }, [toCheck, history, check]);
  return (
    <>
      <Card
        title="Check setup"
        aside={
          <div className="plexsync-head-buttons">
            <Link className="btn btn-secondary btn-sm" to={SETTINGS_PAGE}>
              All settings
            </Link>
            <Button variant="primary" size="sm" onClick={check} disabled={busy}>
              {busy ? "Checking…" : checked ? "Check again" : "Check now"}
            </Button>
          </div>
        }
      >
        <div aria-live="polite" aria-busy={busy}>
          {trouble && (
            <Alert variant="danger">
              <strong>{heading(trouble.kind)}.</strong> {trouble.message}
            </Alert>
          )}
          {checked ? (
            <Checks checked={checked} again={check} />
          ) : (
            !trouble && (
              <p>
                Tests the settings, the connection, the libraries, the paths and a sample of scenes, and says how to mend what is wrong.
                Nothing is written.
              </p>
            )
          )}
        </div>
      </Card>
      <Libraries stamp={String(runs)} />
    </>
  );
};

const Checks: React.FC<{ checked: Checked; again: () => void }> = ({ checked, again }) => {
  const { busy, act } = useAction();
  const use = (rule: string) =>
    act(async () => {
      const known = String((await settings()).path_map ?? "").trim();
      await changeSettings({ path_map: withRule(known, rule) });
      return `Path map: ${withRule(known, rule)}`;
    }, again);
  const failed = checked.checks.filter((one) => !one.ok).length;
  return (
    <>
      <p>
        <strong className={failed === 0 ? "text-success" : "text-danger"}>
          {failed === 0 ? "Everything is as it should be." : `${plural(failed, "check")} of ${checked.checks.length} failed.`}
        </strong>
      </p>
      <ul className="plexsync-list plexsync-checks">
        {checked.checks.map((one, place) => (
          <li key={`${place} ${one.name}`}>
            <span className={one.ok ? "text-success" : "text-danger"} role="img" aria-label={one.ok ? "passed" : "failed"}>
              <Icon icon={one.ok ? faCircleCheck : faCircleXmark} />
            </span>
            <div>
              <strong>{one.name}</strong>: {one.text}
              {one.remedy && <div className="plexsync-hint">{one.remedy}</div>}
              {one.rule && (
                <Button size="sm" variant="primary" disabled={busy} onClick={() => use(one.rule)} aria-label={`Use it: ${one.rule}`}>
                  Use it
                </Button>
              )}
            </div>
          </li>
        ))}
      </ul>
    </>
  );
};

/** Plex's libraries as it told them last; picking one changes the setting. */
const Libraries: React.FC<{ stamp: string }> = ({ stamp }) => {
  const loaded = useLoaded(async () => ({ known: (await ask("now")).plex.movie_libraries, chosen: await settings() }), stamp);
  const { busy, act } = useAction();
  return (
    <Card title="Libraries">
      <Shown loaded={loaded}>
        {({ known, chosen }) => {
          const setting = String(chosen.plex_library ?? "");
          const choose = (name: string, on: boolean) =>
            act(async () => {
              // Read anew: somebody may have changed it in Stash's own settings meanwhile.
              const next = toggled(String((await settings()).plex_library ?? ""), name, on);
              await changeSettings({ plex_library: next });
              return next ? `Synced libraries: ${next}` : "All movie libraries are synced.";
            }, loaded.reload);
          const names = [...new Set([...known, ...setting.split(",").map((one) => one.trim())])].filter(Boolean);
          return names.length === 0 ? (
            <p>Plex's movie libraries stand here, to be picked, once Plex has answered a check.</p>
          ) : (
            <>
              <p className="text-muted">{setting.trim() ? "Only those that are ticked are synced." : "None is ticked: all movie libraries are synced."}</p>
              {names.map((name) => (
                <Form.Check
                  key={name}
                  type="switch"
                  id={`plexsync-library-${name}`}
                  label={name}
                  checked={hasName(setting, name)}
                  disabled={busy}
                  onChange={(event) => choose(name, event.target.checked)}
                />
              ))}
            </>
          );
        }}
      </Shown>
    </Card>
  );
};
