// The operations of the plugin, and the few questions to Stash itself.
import { gql } from "@apollo/client";
import type {
  Acted,
  Activity,
  Badge,
  Checked,
  Explanation,
  FailedScenes,
  Failures,
  Now,
  Pinned,
  PreviewScenes,
  Previews,
  Problem,
  Restored,
  Scene,
  Statistics,
  Unpinned,
} from "./shapes";
import { client } from "./stash";
import { type Kind, Trouble, troubleOf } from "./trouble";

export const PLUGIN = "StashPlexSync";
/** Where Stash shows the settings of all plugins. */
export const SETTINGS_PAGE = "/settings?tab=plugins";
/** Stash's server knows only files below /plugin/…, and answers 404 when the browser loads such a page anew. */
export const PAGE = `/plugins/${PLUGIN}`;
export const PAGE_TOO = `/plugin/${PLUGIN}`;

interface Answers {
  activity: Activity;
  apply: Acted;
  badge: Badge;
  cause: FailedScenes;
  discard: Acted;
  failures: Failures;
  now: Now;
  pause: Acted;
  preview: PreviewScenes;
  previews: Previews;
  resume: Acted;
  retry: Acted;
  scene: Scene;
  statistics: Statistics;
  sync: Acted;
}

/** Those that ask Stash and Plex: they take a moment, so only who asks for them gets them. */
interface Modes {
  check_setup: Checked;
  explain: Explanation;
  pin: Pinned;
  restore: Restored;
  unpin: Unpinned;
}

type Values = Readonly<Record<string, unknown>>;

const OPERATE = gql`
  mutation PlexSyncOperation($id: ID!, $args: Map) {
    runPluginOperation(plugin_id: $id, args: $args)
  }
`;
const RUN = gql`
  mutation PlexSyncTask($id: ID!, $task: String!) {
    runPluginTask(plugin_id: $id, task_name: $task)
  }
`;
const SETTINGS = gql`
  query PlexSyncSettings($ids: [ID!]) {
    configuration {
      plugins(include: $ids)
    }
  }
`;
const CONFIGURE = gql`
  mutation PlexSyncConfigure($id: ID!, $settings: Map!) {
    configurePlugin(plugin_id: $id, input: $settings)
  }
`;

async function mutate<T>(mutation: typeof OPERATE, variables: Values, answered: Kind): Promise<T> {
  try {
    const { data } = await client().mutate<T>({ mutation, variables: { id: PLUGIN, ...variables }, fetchPolicy: "no-cache" });
    if (!data) {
      throw new Trouble("stash", "Stash gave an empty answer.");
    }
    return data;
  } catch (error) {
    throw troubleOf(error, answered);
  }
}

async function query<T>(document: typeof SETTINGS, variables: Values = {}): Promise<T> {
  try {
    const { data } = await client().query<T>({ query: document, variables, fetchPolicy: "no-cache" });
    return data;
  } catch (error) {
    throw troubleOf(error, "stash");
  }
}

/** One of the page's own operations: quick, and without a question to Plex. */
export async function ask<K extends keyof Answers>(name: K, args: Values = {}): Promise<Answers[K]> {
  const data = await mutate<{ runPluginOperation: Answers[K] | Problem | null }>(
    OPERATE,
    { args: { ...args, mode: "page", ask: name } },
    "stash",
  );
  const answer = data.runPluginOperation;
  if (answer === null) {
    throw new Trouble("plugin", "PlexSync gave no answer; Stash's log says more.");
  }
  if ("problem" in answer) {
    throw new Trouble("plugin", answer.problem);
  }
  return answer;
}

/** Any other operation of the plugin; its errors are GraphQL's. */
export async function operate<K extends keyof Modes>(mode: K, args: Values = {}): Promise<Modes[K]> {
  const data = await mutate<{ runPluginOperation: Modes[K] }>(OPERATE, { args: { ...args, mode } }, "plugin");
  return data.runPluginOperation;
}

/** Put a task into Stash's queue. */
export const runTask = (task: string): Promise<unknown> => mutate(RUN, { task }, "stash");

/** Stash keeps texts, numbers and booleans, and leaves out what was never set. */
export type Settings = Readonly<Record<string, string | number | boolean | undefined>>;

export async function settings(): Promise<Settings> {
  const data = await query<{ configuration: { plugins: Record<string, Settings> } }>(SETTINGS, { ids: [PLUGIN] });
  return data.configuration.plugins[PLUGIN] ?? {};
}

/** Change some settings: Stash replaces them all, so they are read anew right before. */
export async function changeSettings(changes: Settings): Promise<void> {
  await mutate(CONFIGURE, { settings: { ...(await settings()), ...changes } }, "stash");
}

export interface SceneLook {
  readonly id: string;
  readonly title: string | null;
  readonly files: readonly { readonly path: string }[];
  readonly paths: { readonly screenshot: string | null };
}

/** What Stash shows of these scenes, by id; those that are gone are left out. */
export async function looks(sceneIds: readonly number[]): Promise<ReadonlyMap<number, SceneLook>> {
  const ids = [...new Set(sceneIds)].filter(Number.isSafeInteger);
  if (ids.length === 0) {
    return new Map();
  }
  // findScene answers null for a scene that is gone, where findScenes(ids:) fails as a whole.
  const parts = ids.map((id) => `s${id}: findScene(id: "${id}") { id title files { path } paths { screenshot } }`);
  const data = await query<Record<string, SceneLook | null>>(gql(`query PlexSyncScenes { ${parts.join(" ")} }`));
  const found = new Map<number, SceneLook>();
  for (const id of ids) {
    const look = data[`s${id}`];
    if (look) {
      found.set(id, look);
    }
  }
  return found;
}

const PERFORMERS_SCENES = gql`
  query PlexSyncPerformer($name: String!) {
    findPerformers(performer_filter: { name: { value: $name, modifier: INCLUDES } }, filter: { per_page: 20 }) {
      performers {
        id
      }
    }
  }
`;
const SCENES_OF = gql`
  query PlexSyncScenesOf($ids: [ID!], $find: FindFilterType) {
    findScenes(filter: $find, scene_filter: { performers: { value: $ids, modifier: INCLUDES } }) {
      scenes {
        id
      }
    }
  }
`;
const MOST_SCENES = 500;

/** The scenes of performers whose name holds this text, the last changed first. */
export async function scenesOfPerformer(name: string): Promise<number[]> {
  const found = await query<{ findPerformers: { performers: { id: string }[] } }>(PERFORMERS_SCENES, { name });
  const ids = found.findPerformers.performers.map((one) => one.id);
  if (ids.length === 0) {
    return [];
  }
  const find = { per_page: MOST_SCENES, sort: "updated_at", direction: "DESC" };
  const data = await query<{ findScenes: { scenes: { id: string }[] } }>(SCENES_OF, { ids, find });
  return data.findScenes.scenes.map((one) => Number(one.id));
}
