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
