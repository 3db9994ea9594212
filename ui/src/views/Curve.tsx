import React, { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { moment, tick } from "../words";

export interface Line {
  readonly name: string;
  readonly color: string;
  readonly values: readonly (number | null)[];
  /** So that two lines differ by more than their colour. */
  readonly dashed?: boolean;
  /** Where the line is drawn, if elsewhere than at its values. */
  readonly drawn?: readonly number[];
}

interface Props {
  readonly title: string;
  readonly at: readonly number[];
  readonly lines: readonly Line[];
  readonly bars?: boolean;
  /** The top of the scale, where there is one that no value exceeds. */
  readonly most?: number;
  format?: (value: number) => string;
}

const HEIGHT = 200;
const GRID = "rgba(138, 155, 168, 0.2)";

/** A curve over time. It is a picture: the table beside it says the same in words. */
export const Curve: React.FC<Props> = ({ title, at, lines, bars = false, most, format = String }) => {
  const place = useRef<HTMLDivElement>(null);
  const given = useRef({ at, lines, format });
  given.current = { at, lines, format };
  // What is shown decides whether it is drawn anew; the arrays are new ones at each turn.
  const shown = JSON.stringify([at, lines]);
  useEffect(() => {
    const home = place.current;
    const { at, lines, format } = given.current;
    if (home === null) {
      return undefined;
    }
    const color = window.getComputedStyle(home).color;
    const paths = bars ? uPlot.paths.bars?.({ size: [0.8, 40] }) : undefined;
    const axis = { stroke: color, grid: { stroke: GRID, width: 1 }, ticks: { stroke: GRID, width: 1 } };
    const plot = new uPlot(
      {
        width: Math.max(200, home.clientWidth),
        height: HEIGHT,
        cursor: { drag: { x: false, y: false } },
        scales: { y: { range: (_plot, _low, high) => [0, most === undefined ? Math.max(high * 1.1, 1e-9) : most * 1.05] } },
        axes: [{ ...axis, space: 60, values: (_plot, ticks, _axis, _space, gap) => ticks.map((one) => tick(one, gap)) }, { ...axis, size: 60, values: (_plot, ticks) => ticks.map(format) }],
        series: [
          { label: "Time", value: (_plot: uPlot, time: number | null) => (time === null ? "–" : moment(time)) },
          ...lines.map((line) => ({
            label: line.name,
            stroke: line.color,
            ...(bars ? { fill: line.color, width: 0, paths } : { width: 2, spanGaps: true, dash: line.dashed ? [6, 4] : undefined }),
            points: { show: !bars },
            value: (_plot: uPlot, _drawn: number | null, _line: number, place: number | null) => {
              const value = place === null ? null : line.values[place];
              return value === null || value === undefined ? "–" : format(value);
            },
          })),
        ] as uPlot.Series[],
      },
      [[...at], ...lines.map((line) => [...(line.drawn ?? line.values)])] as uPlot.AlignedData,
      home,
    );
    const fit = () => plot.setSize({ width: Math.max(200, home.clientWidth), height: HEIGHT });
    const watcher = new ResizeObserver(fit);
    watcher.observe(home);
    return () => {
      watcher.disconnect();
      plot.destroy();
    };
  }, [shown, bars, most]);
  return (
    <figure className="plexsync-curve">
      <figcaption>{title}</figcaption>
      <div ref={place} role="img" aria-label={`${title}; the table below has the figures`} />
    </figure>
  );
};
