import { useCallback, useEffect, useRef, useState } from "react";
import { type SceneLook, looks } from "./ask";
import { api } from "./stash";
import { type Trouble, heading, passes, troubleOf } from "./trouble";

export interface Loaded<T> {
  readonly data: T | null;
  readonly trouble: Trouble | null;
  readonly loading: boolean;
  reload: () => void;
}

const RETRY_S = 10;

/**
 * What `load` brings, again every so many seconds while the page is to be seen; 0: once, and after a trouble that passes
 * by itself until it is there. `key` says when it is another thing.
 */
export function useLoaded<T>(load: () => Promise<T>, key: string, everyS = 0): Loaded<T> {
  const [state, setState] = useState<{ data: T | null; trouble: Trouble | null; key: string }>({ data: null, trouble: null, key });
  const [loading, setLoading] = useState(true);
  const latest = useRef({ load, run: 0, at: 0 });
  latest.current.load = load;

  const reload = useCallback(() => {
    const run = (latest.current.run += 1);
    latest.current.at = Date.now();
    setLoading(true);
    const isLast = () => latest.current.run === run;
    latest.current.load().then(
      (data) => {
        if (isLast()) {
          setState({ data, trouble: null, key });
          setLoading(false);
        }
      },
      (error: unknown) => {
        if (isLast()) {
          // What was loaded before stays on the page, with the trouble above it.
          setState((known) => ({ data: known.key === key ? known.data : null, trouble: troubleOf(error, "stash"), key }));
          setLoading(false);
        }
      },
    );
  }, [key]);

  useEffect(() => {
    const known = latest.current;
    reload();
    if (everyS <= 0) {
      return () => void (known.run += 1);
    }
    const look = () => {
      if (!document.hidden && Date.now() - known.at >= everyS * 1000 - 100) {
        reload();
      }
    };
    const timer = window.setInterval(look, everyS * 1000);
    document.addEventListener("visibilitychange", look);
    return () => {
      known.run += 1;
      window.clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [reload, everyS]);

  const data = state.key === key ? state.data : null;
  const trouble = state.key === key ? state.trouble : null;
  const asksAgain = everyS <= 0 && trouble !== null && passes(trouble.kind);
  useEffect(() => {
    if (!asksAgain) {
      return undefined;
    }
    const timer = window.setInterval(() => !document.hidden && reload(), RETRY_S * 1000);
    return () => window.clearInterval(timer);
  }, [asksAgain, reload]);
  return { data, trouble, loading, reload };
}

/** What Stash shows of these scenes. A scene's cover and title are a comfort: without them the list stands all the same. */
export function useLooks(sceneIds: readonly number[]): ReadonlyMap<number, SceneLook> {
  const wanted = [...new Set(sceneIds)].sort((a, b) => a - b);
  const { data } = useLoaded(() => looks(wanted), wanted.join(","));
  return data ?? new Map();
}

/** Run an action: busy meanwhile, a toast of what it did or of what went wrong. */
export function useAction(): { busy: boolean; act: (work: () => Promise<string>, after?: () => void) => void } {
  const toast = api.hooks.useToast();
  const [busy, setBusy] = useState(false);
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => void (here.current = false);
  }, []);
  const act = (work: () => Promise<string>, after?: () => void) => {
    setBusy(true);
    work()
      .then(
        (told) => {
          toast.success(told);
          after?.();
        },
        (error: unknown) => {
          const trouble = troubleOf(error, "stash");
          toast.error(`${heading(trouble.kind)}: ${trouble.message}`);
        },
      )
      .finally(() => here.current && setBusy(false));
  };
  return { busy, act };
}

/** The time of this moment in epoch seconds, again every so often, so that "5 s ago" stays true. */
export function useClock(everyS = 1): number {
  const [now, setNow] = useState(Date.now() / 1000);
  useEffect(() => {
    const timer = window.setInterval(() => !document.hidden && setNow(Date.now() / 1000), everyS * 1000);
    return () => window.clearInterval(timer);
  }, [everyS]);
  return now;
}
