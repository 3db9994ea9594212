import React, { useState } from "react";
import { Button, ButtonGroup } from "react-bootstrap";
import { ask } from "../ask";
import { useLoaded } from "../hooks";
import { Card, Reload, Shown } from "../parts";
import { type Bar, bars, confidence, hasLookups, series } from "../series";
import type { Figures, Statistics } from "../shapes";
import { bytes, count, moment, rate, span } from "../words";
import { Curve } from "./Curve";

const SPANS: readonly (readonly [number, string])[] = [
  [1, "Day"],
  [7, "Week"],
  [30, "Month"],
  [90, "Quarter"],
];
const STEPS: Readonly<Record<number, string>> = { 3600: "hour", 21600: "six hours", 86400: "day" };
// Each stands out at 3 : 1 from the dark card of Stash's theme, and from a white one.
const GREEN = "#13a56b";
const RED = "#f55656";
const BLUE = "#2b95d6";
const ORANGE = "#d07a22";

export const StatisticsView: React.FC = () => {
  const [days, setDays] = useState(7);
  const loaded = useLoaded(() => ask("statistics", { days }), String(days));
  return (
    <>
      <div className="plexsync-buttons">
        <ButtonGroup aria-label="Time">
          {SPANS.map(([value, name]) => (
            <Button
              key={value}
              variant={value === days ? "primary" : "secondary"}
              aria-pressed={value === days}
              onClick={() => setDays(value)}
            >
              {name}
            </Button>
          ))}
        </ButtonGroup>
        <Reload loaded={loaded} />
      </div>
      <Shown loaded={loaded}>{(statistics) => <Figured statistics={statistics} days={days} />}</Shown>
    </>
  );
};

const Figured: React.FC<{ statistics: Statistics; days: number }> = ({ statistics, days }) => {
  const { at, succeeded, failed, p50, p95, index, match } = series(statistics.buckets, statistics.at, days, statistics.step_s);
  const errors = bars(statistics.cumulative.errors, "value");
  if (statistics.buckets.length === 0 && statistics.cumulative.processed === 0) {
    return (
      <Card title="Nothing was synced yet">
        <p>Scenes over time, how long they take, errors and figures stand here with the first scenes.</p>
      </Card>
    );
  }
  return (
    <>
      {statistics.buckets.length === 0 ? (
        <Card title="Over time">
          <p>Nothing was synced in this time. Choose a longer one above.</p>
        </Card>
      ) : (
        <div className="plexsync-cards plexsync-wide">
          <Card title="Scenes over time">
            <Curve
              title={`Scenes, by ${STEPS[statistics.step_s] ?? span(statistics.step_s)}`}
              at={at}
              bars
              lines={[
                // The failed ones stand on top of the others, so they are drawn first and as the sum.
                { name: "failed", color: RED, values: failed, drawn: succeeded.map((one, place) => one + (failed[place] ?? 0)) },
                { name: "succeeded", color: GREEN, values: succeeded },
              ]}
              format={(value) => (Number.isInteger(value) ? count(value) : "")}
            />
          </Card>
          <Card title="Time for a scene">
            <Curve
              title="Half of the tries (p50), and 95 of 100 (p95), took no longer"
              at={at}
              lines={[
                { name: "p50", color: BLUE, values: p50 },
                { name: "p95", color: ORANGE, values: p95, dashed: true },
              ]}
              format={span}
            />
          </Card>
          <Card title="Cache hits">
            {statistics.buckets.some(hasLookups) ? (
              <Curve
                title="Of 100 lookups, how many the cache answered"
                at={at}
                lines={[
                  { name: "index", color: BLUE, values: index },
                  { name: "matches", color: ORANGE, values: match, dashed: true },
                ]}
                most={100}
                format={percentage}
              />
            ) : (
              <p>No lookup was counted in this time.</p>
            )}
          </Card>
          <Card title="Match confidence">
            <Bars bars={confidence(statistics.cumulative.scores)} name="Score" />
          </Card>
        </div>
      )}
      <div className="plexsync-cards plexsync-wide plexsync-loose">
        <Card title="Figures">
          <FiguresTable session={statistics.session} cumulative={statistics.cumulative} />
        </Card>
        <Card title="Errors by type">
          {errors.length === 0 ? <p>None so far.</p> : <Bars bars={errors} name="Error" />}
        </Card>
      </div>
      <Buckets statistics={statistics} />
    </>
  );
};

const percentage = (value: number): string => `${Number(value.toFixed(1))} %`;

const Bars: React.FC<{ bars: readonly Bar[]; name: string }> = ({ bars: shown, name }) => (
  <table className="plexsync-bars">
    <thead className="sr-only">
      <tr>
        <th scope="col">{name}</th>
        <th scope="col">Number</th>
      </tr>
    </thead>
    <tbody>
      {shown.map((bar) => (
        <tr key={bar.name}>
          <th scope="row">{bar.name}</th>
          <td>
            <div>
              <span className="plexsync-bar" style={{ width: `${bar.percent}%` }} />
              <span>{count(bar.value)}</span>
            </div>
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);

const ROWS: readonly (readonly [string, (figures: Figures) => string])[] = [
  ["Since", (one) => (one.since === null ? "–" : moment(one.since))],
  ["Tries", (one) => count(one.processed)],
  ["Succeeded", (one) => count(one.succeeded)],
  ["Of these already right", (one) => count(one.unchanged)],
  ["Failed tries", (one) => count(one.failed)],
  ["Given up", (one) => count(one.given_up)],
  ["Skipped", (one) => count(one.skipped)],
  ["Time, p50", (one) => span(one.p50_s)],
  ["Time, p95", (one) => span(one.p95_s)],
  ["Matches of high confidence", (one) => count(one.high_confidence)],
  ["Matches of low confidence", (one) => count(one.low_confidence)],
  ["Requests to Plex", (one) => count(one.requests)],
  ["Sent to Plex", (one) => bytes(one.bytes_sent)],
  ["Received from Plex", (one) => bytes(one.bytes_received)],
  ["Index hits", (one) => rate(one.index_hits, one.index_misses)],
  ["Match cache hits", (one) => rate(one.match_hits, one.match_misses)],
  ["Outages of Plex", (one) => count(one.outages)],
  ["Plex was away for", (one) => span(one.down_s)],
];

const FiguresTable: React.FC<{ session: Figures; cumulative: Figures }> = ({ session, cumulative }) => (
  <table className="table table-sm plexsync-figures">
    <thead>
      <tr>
        <th scope="col">
          <span className="sr-only">Figure</span>
        </th>
        <th scope="col">Last session</th>
        <th scope="col">All together</th>
      </tr>
    </thead>
    <tbody>
      {ROWS.map(([name, value]) => (
        <tr key={name}>
          <th scope="row">{name}</th>
          <td>{value(session)}</td>
          <td>{value(cumulative)}</td>
        </tr>
      ))}
    </tbody>
  </table>
);

const Buckets: React.FC<{ statistics: Statistics }> = ({ statistics }) => (
  <details className="card plexsync-card">
    <summary>The curves as a table</summary>
    <div className="plexsync-scroll" tabIndex={0} role="region" aria-label="Figures over time">
      <table className="table table-sm">
        <thead>
          <tr>
            {["From", "Succeeded", "Already right", "Failed", "Given up", "Skipped", "p50", "p95", "Index hits", "Match cache hits"].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[...statistics.buckets].reverse().map((one) => (
            <tr key={one.at}>
              <th scope="row">{moment(one.at)}</th>
              <td>{count(one.succeeded)}</td>
              <td>{count(one.unchanged)}</td>
              <td>{count(one.failed)}</td>
              <td>{count(one.given_up)}</td>
              <td>{count(one.skipped)}</td>
              <td>{span(one.p50_s)}</td>
              <td>{span(one.p95_s)}</td>
              <td>{rate(one.index_hits, one.index_misses)}</td>
              <td>{rate(one.match_hits, one.match_misses)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </details>
);
