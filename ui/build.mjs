// Bundles ui/src into ui/dist: one script, one style sheet, and the hash of the sources that they were made of.
// React, the router, Bootstrap, Apollo and the icons are Stash's own, from window.PluginApi: never a second copy.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const STASHS_OWN = {
  react: "PluginApi.React",
  "react-dom": "PluginApi.ReactDOM",
  "react-router-dom": "PluginApi.libraries.ReactRouterDOM",
  "react-bootstrap": "PluginApi.libraries.Bootstrap",
  "@apollo/client": "PluginApi.libraries.Apollo",
  "@fortawesome/free-solid-svg-icons": "PluginApi.libraries.FontAwesomeSolid",
  "@fortawesome/react-fontawesome": "PluginApi.libraries.ReactFontAwesome",
};

const stashsOwn = {
  name: "stash's own libraries",
  setup(bundler) {
    const names = new RegExp(`^(${Object.keys(STASHS_OWN).join("|")})$`);
    bundler.onResolve({ filter: names }, (asked) => ({ path: asked.path, namespace: "stash" }));
    bundler.onLoad({ filter: /.*/, namespace: "stash" }, (asked) => ({
      contents: `module.exports = window.${STASHS_OWN[asked.path]};`,
    }));
  },
};

export function sources() {
  const files = readdirSync(path.join(here, "src"), { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => path.relative(here, path.join(one.parentPath ?? one.path, one.name)).split(path.sep).join("/"));
  return [...files, "build.mjs", "package-lock.json"].sort();
}

function digest() {
  const hash = createHash("sha256");
  for (const name of sources()) {
    hash.update(`${name}\n`).update(readFileSync(path.join(here, name))).update("\n");
  }
  return hash.digest("hex");
}

const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2021",
  jsx: "transform",
  legalComments: "none",
  logLevel: "warning",
};

async function buildPage() {
  await build({
    ...common,
    entryPoints: { StashPlexSync: "src/index.tsx" },
    outdir: "dist",
    banner: { js: "/* PlexSync's page, made of ui/src; with uPlot, MIT, (c) Leon Sorokin */" },
    plugins: [stashsOwn],
  });
  mkdirSync(path.join(here, "dist"), { recursive: true });
  writeFileSync(path.join(here, "dist", "sources.sha256"), `${digest()}\n`);
}

/** Stash's own page as far as the tests in a browser need it, with the libraries that Stash brings. */
async function buildHarness() {
  await build({
    ...common,
    entryPoints: { stash: "harness/stash.tsx", axe: "axe-core" },
    outdir: "build/harness",
    define: { "process.env.NODE_ENV": '"production"' },
  });
}

await (process.argv[2] === "harness" ? buildHarness() : buildPage());
