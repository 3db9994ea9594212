import assert from "node:assert/strict";
import { test } from "node:test";
import { difference } from "../src/diff";

test("lists are compared value by value, and what stayed is counted", () => {
  assert.deepEqual(difference(["a", "b", "c"], ["c", "b", "d"]), { removed: ["a"], added: ["d"], kept: 2 });
});

test("a value that stands twice goes once", () => {
  assert.deepEqual(difference(["a", "a"], ["a"]), { removed: ["a"], added: [], kept: 1 });
});

test("nothing is no value", () => {
  assert.deepEqual(difference(null, ["x"]), { removed: [], added: ["x"], kept: 0 });
  assert.deepEqual(difference("", ""), { removed: [], added: [], kept: 0 });
});

test("what is no text is told as JSON", () => {
  assert.deepEqual(difference([{ name: "A" }], [7]), { removed: ['{"name":"A"}'], added: ["7"], kept: 0 });
});
