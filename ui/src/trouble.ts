// Three kinds of trouble, because each has another remedy: PlexSync itself, Stash, and the way between this page and Stash.
export type Kind = "plugin" | "stash" | "network";

export class Trouble extends Error {
  readonly kind: Kind;

  constructor(kind: Kind, message: string) {
    super(message);
    this.kind = kind;
  }
}

const HEADINGS: Record<Kind, string> = {
  plugin: "PlexSync cannot do this",
  stash: "Stash could not run PlexSync",
  network: "Stash cannot be reached",
};

/** Whether it may be over in a moment without anybody's doing: Stash was restarted, the network was away. */
export const passes = (kind: Kind): boolean => kind !== "plugin";

export const heading = (kind: Kind): string => HEADINGS[kind];

const LOGGED_OUT = " You are logged out: load this page anew, and log in.";
const RESTARTS = " It is being restarted, or the proxy before it cannot reach it. What is queued stays queued.";
const REMEDIES: Readonly<Record<number, string>> = { 401: LOGGED_OUT, 403: LOGGED_OUT, 502: RESTARTS, 503: RESTARTS, 504: RESTARTS };

interface Shown {
  readonly message?: unknown;
  readonly networkError?: { readonly statusCode?: unknown } | null;
  readonly graphQLErrors?: readonly { readonly message: string }[];
}

/** What went wrong, in words. `answered` is whose fault it is when Stash answers with an error of GraphQL's. */
export function troubleOf(error: unknown, answered: Kind): Trouble {
  if (error instanceof Trouble) {
    return error;
  }
  const shown = (typeof error === "object" && error !== null ? error : {}) as Shown;
  const said = shown.graphQLErrors?.map((one) => one.message).filter(Boolean) ?? [];
  if (said.length > 0) {
    return new Trouble(answered, said.join(" "));
  }
  if (shown.networkError) {
    const status = shown.networkError.statusCode;
    return typeof status === "number"
      ? new Trouble("stash", `Stash answered with status ${status}.${REMEDIES[status] ?? ""}`)
      : new Trouble("network", "No answer from Stash: is it running, and is this device connected?");
  }
  return new Trouble("plugin", typeof shown.message === "string" ? shown.message : String(error));
}
