// A stand-in for Stash's own page, for the tests: the same libraries in the same versions, the same patches, and of its
// page only what PlexSync hangs itself into. It is never shipped.
import * as Apollo from "@apollo/client";
import "bootstrap/dist/css/bootstrap.min.css";
import * as FontAwesomeSolid from "@fortawesome/free-solid-svg-icons";
import * as ReactFontAwesome from "@fortawesome/react-fontawesome";
import React, { useState } from "react";
import * as Bootstrap from "react-bootstrap";
import ReactDOM from "react-dom";
import * as ReactRouterDOM from "react-router-dom";

type Props = Record<string, unknown> & { children?: React.ReactNode };
type Before = (props: Props, ...rest: unknown[]) => [Props, ...unknown[]];
type After = (...args: unknown[]) => React.ReactNode;
const before: Record<string, Before[]> = {};
const after: Record<string, After[]> = {};

function patched(name: string, component: (props: Props) => React.ReactNode): React.FC<Props> {
  return (...args) => {
    let given: [Props, ...unknown[]] = args;
    for (const patch of before[name] ?? []) {
      given = patch(...given);
    }
    let result = component(given[0]);
    for (const patch of after[name] ?? []) {
      result = patch(...given, result);
    }
    return <>{result}</>;
  };
}

function keep<T>(patches: Record<string, T[]>): (name: string, patch: T) => void {
  return (name, patch) => void (patches[name] ??= []).push(patch);
}

const base = new URL(document.baseURI).pathname;
const client = new Apollo.ApolloClient({
  link: new Apollo.HttpLink({ uri: `${base}graphql` }),
  cache: new Apollo.InMemoryCache(),
});

let say: (text: string, variant: string) => void = () => undefined;
const toasts = {
  success: (text: string) => say(text, "success"),
  error: (error: unknown) => say(error instanceof Error ? error.message : String(error), "danger"),
};

const pluginApi = {
  React,
  ReactDOM,
  libraries: { Apollo, Bootstrap, FontAwesomeSolid, ReactFontAwesome, ReactRouterDOM },
  register: {
    route: (path: string, component: React.ComponentType) =>
      keep(before)("PluginRoutes", (props) => [
        {
          children: (
            <>
              {props.children}
              <ReactRouterDOM.Route path={path} component={component} />
            </>
          ),
        },
      ]),
  },
  patch: { before: keep(before), after: keep(after) },
  hooks: { useToast: () => toasts },
  utils: { StashService: { getClient: () => client } },
  Event: { addEventListener: () => undefined },
};
Object.assign(window, { PluginApi: pluginApi });

const Utility = patched("MainNavBar.UtilityItems", (props) => <>{props.children}</>);
const Routes = patched("PluginRoutes", (props) => <>{props.children}</>);
const Tabs = patched("ScenePage.Tabs", (props) => <>{props.children}</>);
const TabContent = patched("ScenePage.TabContent", (props) => <>{props.children}</>);
const PluginSettings = patched("PluginSettings", ({ pluginID }) => <div className="plugin-settings">{String(pluginID)}</div>);

const Scene: React.FC = () => {
  const { id } = ReactRouterDOM.useParams<{ id: string }>();
  const scene = { id };
  return (
    <Bootstrap.Tab.Container defaultActiveKey="details">
      <Bootstrap.Nav variant="tabs">
        <Tabs scene={scene}>
          <Bootstrap.Nav.Item>
            <Bootstrap.Nav.Link eventKey="details">Details</Bootstrap.Nav.Link>
          </Bootstrap.Nav.Item>
        </Tabs>
      </Bootstrap.Nav>
      <Bootstrap.Tab.Content>
        <TabContent scene={scene}>
          <Bootstrap.Tab.Pane eventKey="details">Scene {id}</Bootstrap.Tab.Pane>
        </TabContent>
      </Bootstrap.Tab.Content>
    </Bootstrap.Tab.Container>
  );
};

const Toasts: React.FC = () => {
  const [shown, setShown] = useState<{ text: string; variant: string } | null>(null);
  say = (text, variant) => setShown({ text, variant });
  return (
    <div role="alert" className={`toast-${shown?.variant ?? "none"}`}>
      {shown?.text}
    </div>
  );
};

const Stash: React.FC = () => (
  <ReactRouterDOM.BrowserRouter basename={base}>
    <header>
      <Utility>
        <ReactRouterDOM.NavLink to="/help">Help</ReactRouterDOM.NavLink>
      </Utility>
      <Toasts />
    </header>
    <main>
      <ReactRouterDOM.Switch>
        <ReactRouterDOM.Route path="/scenes/:id" component={Scene} />
        <ReactRouterDOM.Route path="/settings">
          <PluginSettings pluginID="StashPlexSync" />
          <PluginSettings pluginID="Another" />
        </ReactRouterDOM.Route>
        <Routes />
      </ReactRouterDOM.Switch>
    </main>
  </ReactRouterDOM.BrowserRouter>
);

// Plugins run before Stash's own page is drawn, as in Stash.
const script = document.createElement("script");
script.src = `${base}plugin/StashPlexSync/javascript`;
script.onload = () => ReactDOM.render(<Stash />, document.getElementById("root"));
document.head.append(script);
