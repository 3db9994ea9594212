import assert from "node:assert/strict";
import { test } from "node:test";
import { Trouble, troubleOf } from "../src/trouble";

const kindAndText = (error: unknown, answered: "plugin" | "stash" = "stash") => {
  const { kind, message } = troubleOf(error, answered);
  return [kind, message];
};

test("an error that Stash answers with is whose fault the caller says", () => {
  const error = { graphQLErrors: [{ message: "exit status 1" }], networkError: null, message: "x" };
  assert.deepEqual(kindAndText(error), ["stash", "exit status 1"]);
  assert.deepEqual(kindAndText(error, "plugin"), ["plugin", "exit status 1"]);
});

test("no answer is the network's fault, and a status Stash's", () => {
  assert.equal(kindAndText({ graphQLErrors: [], networkError: {} })[0], "network");
  assert.deepEqual(kindAndText({ networkError: { statusCode: 502 } }), [
    "stash",
    "Stash answered with status 502. It is being restarted, or the proxy before it cannot reach it. What is queued stays queued.",
  ]);
  assert.deepEqual(kindAndText({ networkError: { statusCode: 418 } }), ["stash", "Stash answered with status 418."]);
  assert.match(String(kindAndText({ networkError: { statusCode: 401 } })[1]), /logged out/);
});

test("a trouble stays what it is, and anything else is told as it is", () => {
  const known = new Trouble("network", "gone");
  assert.equal(troubleOf(known, "stash"), known);
  assert.deepEqual(kindAndText(new Error("odd")), ["plugin", "odd"]);
  assert.deepEqual(kindAndText("text"), ["plugin", "text"]);
});
