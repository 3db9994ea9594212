// The number of open failures, for the navigation bar: asked for once a minute at most, whatever is open.
import { useEffect, useState } from "react";
import { ask } from "./ask";

const EVERY_S = 60;
const KEPT = "StashPlexSync.badge";

let failures = 0;
let timer = 0;
const listeners = new Set<(value: number) => void>();

/** Somebody has learnt the number: the badge need not ask. */
export function noteFailures(value: number): void {
  failures = value;
  remember();
  for (const listener of listeners) {
    listener(value);
  }
}

export function useFailures(): number {
  const [value, setValue] = useState(failures);
  useEffect(() => {
    listeners.add(setValue);
    setValue(failures);
    return () => void listeners.delete(setValue);
  }, []);
  return value;
}

function remember(): void {
  try {
    window.sessionStorage.setItem(KEPT, JSON.stringify({ at: Date.now(), failures }));
  } catch {
    // Storage may be forbidden: then each load of Stash's page asks once.
  }
}

function remembered(): { at: number; failures: number } {
  try {
    const kept = JSON.parse(window.sessionStorage.getItem(KEPT) ?? "") as { at: number; failures: number };
    return Number.isFinite(kept.at) && Number.isFinite(kept.failures) ? kept : { at: 0, failures: 0 };
  } catch {
    return { at: 0, failures: 0 };
  }
}

/** Ask now, and then every minute while the page is to be seen. Asking wakes a drain up where scenes are due and nobody works. */
export function startBadge(): void {
  const kept = remembered();
  failures = kept.failures;
  let asked = kept.at;
  const look = () => {
    const last = Math.max(asked, remembered().at);
    if (document.hidden || Date.now() - last < EVERY_S * 1000) {
      return;
    }
    asked = Date.now();
    ask("badge", { wake: true }).then(
      (answer) => noteFailures(answer.failures),
      () => undefined, // logged out, Stash restarting: the badge keeps what it has, the page says what is wrong
    );
  };
  window.clearInterval(timer);
  timer = window.setInterval(look, 1000 * 5);
  document.addEventListener("visibilitychange", look);
  look();
}
