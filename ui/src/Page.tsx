import React, { useEffect, useRef } from "react";
import { Badge } from "react-bootstrap";
import { Link, useLocation } from "react-router-dom";
import { PAGE } from "./ask";
import { useFailures } from "./badge";
import { count } from "./words";
import { ActivityView } from "./views/Activity";
import { FailuresView } from "./views/Failures";
import { NowView } from "./views/Now";
import { PreviewView } from "./views/Preview";
import { SetupView } from "./views/Setup";
import { StatisticsView } from "./views/Statistics";

const VIEWS = [
  ["now", "Now", NowView],
  ["failures", "Failures", FailuresView],
  ["activity", "Activity", ActivityView],
  ["preview", "Preview", PreviewView],
  ["statistics", "Statistics", StatisticsView],
  ["setup", "Setup", SetupView],
] as const;

/** The page. The view stands in the address, so that it can be linked to and the browser's back button works. */
export const Page: React.FC = () => {
  const asked = new URLSearchParams(useLocation().search).get("view");
  const failures = useFailures();
  const [current, , View] = VIEWS.find(([name]) => name === asked) ?? VIEWS[0];
  const tabs = useRef<HTMLUListElement>(null);
  useEffect(() => {
    // A phone shows only some of the tabs.
    tabs.current?.querySelector(".active")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [current]);
  return (
    <div className="plexsync plexsync-page">
      <h2 className="sr-only">PlexSync</h2>
      <nav aria-label="PlexSync">
        <ul className="nav nav-tabs" ref={tabs}>
          {VIEWS.map(([name, title]) => (
            <li className="nav-item" key={name}>
              <Link
                className={`nav-link ${name === current ? "active" : ""}`}
                aria-current={name === current ? "page" : undefined}
                to={name === "now" ? PAGE : `${PAGE}?view=${name}`}
              >
                {title}
                {name === "failures" && failures > 0 && (
                  <Badge pill variant="danger" className="ml-2">
                    {count(failures)}
                  </Badge>
                )}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <View />
    </div>
  );
};
