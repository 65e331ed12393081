// Bundles the editor into the folder of static files, with the licences of all that goes into it.
// `node build.mjs FOLDER` writes elsewhere, so that a test can compare.
import { build } from "esbuild";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { dirname, join } from "node:path";
import { outline } from "./outline.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const target = process.argv[2] ?? join(here, "..", "src", "kg", "web", "static", "editor");
const options = {
  absWorkingDir: here, outdir: target, bundle: true, minify: true, format: "iife", target: "es2022",
  platform: "browser", legalComments: "none", charset: "utf8", metafile: true, logLevel: "warning",
  define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
};
const made = await build({ ...options, entryPoints: { editor: "src/main.js", check: "src/check.js" } });

const land = JSON.parse(readFileSync(join(here, "node_modules", "world-atlas", "land-50m.json"), "utf8"));
writeFileSync(join(target, "land.json"), JSON.stringify(outline(land)) + "\n");

const names = new Set(["world-atlas"]);
for (const path of Object.keys(made.metafile.inputs)) {
  const found = path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//);
  if (found) names.add(found[1]);
}
const notes = [...names].sort().map((name) => {
  const folder = join(here, "node_modules", name);
  const told = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const text = file ? readFileSync(join(folder, file), "utf8").trim() : `Licence: ${told.license}`;
  return `${name} ${told.version} (${told.license})\n\n${text}\n`;
});
writeFileSync(join(target, "LICENSES.txt"),
  `What editor.js, check.js and land.json are made of, besides this project's own code. The coasts of land.json are those of\nNatural Earth (public domain).\n\n${notes.join(`\n${"-".repeat(72)}\n\n`)}`);
