// What changed in a field, as a reader sees it. Pure: tests/diff.test.ts.

export interface Difference {
  readonly removed: readonly string[];
  readonly added: readonly string[];
  /** How many values of a list stayed as they were. */
  readonly kept: number;
}

const texts = (value: unknown): string[] => {
  if (value === null || value === undefined || value === "") {
    return [];
  }
  return Array.isArray(value) ? value.map(text) : [text(value)];
};

export function text(value: unknown): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

/** The text, or its first characters; no character is cut in two. */
export function shortened(whole: string, most: number): string {
  const letters = whole.length > most ? Array.from(whole) : [];
  return letters.length > most ? `${letters.slice(0, most).join("")}…` : whole;
}

const HASH = /^[0-9a-f]{32,}$/;
const isHash = (value: unknown): boolean => typeof value === "string" && HASH.test(value);

/** A picture is told by its hash, which says nothing to a reader: what has become of it, or null where the values are none. */
export function pictureWords(old: unknown, fresh: unknown): string | null {
  if (isHash(fresh)) {
    return "a new picture";
  }
  return isHash(old) ? "the picture from before" : null;
}

/** Lists are compared value by value, and how often; anything else as a whole. */
export function difference(old: unknown, fresh: unknown): Difference {
  const before = texts(old);
  const after = texts(fresh);
  const left = [...before];
  const added: string[] = [];
  for (const one of after) {
    const place = left.indexOf(one);
    if (place < 0) {
      added.push(one);
    } else {
      left.splice(place, 1);
    }
  }
  return { removed: left, added, kept: before.length - left.length };
}
