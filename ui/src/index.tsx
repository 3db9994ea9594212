// What Stash runs once when its page loads: the route, the icon, the tab on a scene, the link in the settings.
import { faArrowsRotate } from "@fortawesome/free-solid-svg-icons";
import React from "react";
import { Button, Nav, Tab } from "react-bootstrap";
import { Link, NavLink, Redirect } from "react-router-dom";
import { PAGE, PAGE_TOO, PLUGIN } from "./ask";
import { startBadge, useFailures } from "./badge";
import { Page } from "./Page";
import { Icon } from "./parts";
import { api } from "./stash";
import "./style.css";
import { ScenePanel } from "./views/ScenePanel";
import { count } from "./words";

const TAB = "plexsync-panel";

const NavIcon: React.FC = () => {
  const failures = useFailures();
  const title = failures > 0 ? `PlexSync: ${count(failures)} failed` : "PlexSync";
  return (
    <NavLink className="nav-utility" exact to={failures > 0 ? `${PAGE}?view=failures` : PAGE}>
      <Button className="minimal d-flex align-items-center h-100 plexsync-nav" title={title} aria-label={title} tabIndex={-1}>
        <Icon icon={faArrowsRotate} />
        {failures > 0 && <span className="badge badge-danger badge-pill">{failures > 999 ? "999+" : failures}</span>}
      </Button>
    </NavLink>
  );
};

const sceneOf = (props: Record<string, unknown>): number => Number((props.scene as { id?: string } | undefined)?.id);

api.register.route(PAGE, Page);
api.register.route(PAGE_TOO, () => <Redirect to={`${PAGE}${window.location.search}`} />);

api.patch.before("MainNavBar.UtilityItems", (props) => [
  {
    ...props,
    children: (
      <>
        <NavIcon />
        {props.children}
      </>
    ),
  },
]);

api.patch.before("ScenePage.Tabs", (props) => [
  {
    ...props,
    children: (
      <>
        {props.children}
        <Nav.Item>
          <Nav.Link eventKey={TAB}>PlexSync</Nav.Link>
        </Nav.Item>
      </>
    ),
  },
]);

api.patch.before("ScenePage.TabContent", (props) => [
  {
    ...props,
    children: (
      <>
        {props.children}
        <Tab.Pane eventKey={TAB} mountOnEnter unmountOnExit>
          <ScenePanel sceneId={sceneOf(props)} />
        </Tab.Pane>
      </>
    ),
  },
]);

const SettingsLink: React.FC = () => (
  <div className="setting">
    <div>
      <h3>PlexSync's page</h3>
      <div className="sub-heading">What was synced, what failed and why, and the set-up step by step.</div>
    </div>
    <div>
      <Link className="btn btn-primary" to={PAGE}>
        Open
      </Link>
    </div>
  </div>
);

// The arguments of the component, and what it rendered behind them.
api.patch.after("PluginSettings", (props, ...rest) => {
  const rendered = rest[rest.length - 1] as React.ReactNode;
  return props.pluginID === PLUGIN ? (
    <>
      <SettingsLink />
      {rendered}
    </>
  ) : (
    rendered
  );
});

startBadge();
