import assert from "node:assert/strict";
import { test } from "node:test";
import { difference, pictureWords, shortened } from "../src/diff";

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

test("no reader is shown a picture's hash", () => {
  const hash = "3ed0da90471ed3bb8eca554bd305b11a369a3e95042db85135c7df355eb357ec";
  assert.equal(pictureWords("", hash), "a new picture");
  assert.equal(pictureWords(hash, ""), "the picture from before");
  assert.equal(pictureWords("deadbeef", "a title"), null);
  assert.equal(pictureWords(["a"], ["b"]), null);
});

test("a long text is shortened between two characters", () => {
  assert.equal(shortened("abc", 3), "abc");
  assert.equal(shortened("abcd", 3), "abc…");
  assert.equal(shortened("🎬🎬🎬", 2), "🎬🎬…");
  assert.equal(shortened("🎬🎬", 2), "🎬🎬");
});
