// Builds the front end into core/static/dist/ with hashed names, and writes manifest.json there, which tells the
// templates' asset() function which file stands for which name.
//
//   app.js, app.css         frontend/app.js and frontend/app.css, bundled
//   service-worker.js       frontend/service-worker.js; core/pwa.py serves it at the root of the site
//   NAME.woff2 and the like every file that a style sheet points to with url()
//   pages/NAME.js, .css     every file in frontend/pages/: loaded only by the pages that ask for it
//   anything else           every file under frontend/static/, copied
//   icons.svg               one sprite of the Lucide icons named in frontend/icons.txt, one name a line
//
// Beside each text file lie NAME.br and NAME.gz, which core/assets.py sends to browsers that take them.
//
// Run it with --watch to rebuild on every change, readable and with source maps.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import { fileURLToPath } from "node:url";
import { build, context } from "esbuild";

const frontend = dirname(fileURLToPath(import.meta.url));
const root = dirname(frontend);
const dist = join(root, "core", "static", "dist");
const watch = process.argv.includes("--watch");
const text = /\.(css|js|svg|json|webmanifest|speculationrules)$/;

const options = {
  absWorkingDir: root,
  entryPoints: await entryPoints(),
  outdir: dist,
  outbase: frontend,
  entryNames: "[dir]/[name]-[hash]",
  chunkNames: "chunks/[name]-[hash]",
  assetNames: "assets/[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["es2022", "chrome111", "firefox115", "safari16.4"],
  loader: { ".woff2": "file", ".svg": "file", ".png": "file", ".webp": "file" },
  minify: !watch,
  sourcemap: watch,
  legalComments: "linked",
  metafile: true,
  write: false,
  logLevel: watch ? "info" : "error",
  plugins: [{ name: "manifest", setup: (hooks) => hooks.onEnd(write) }],
};

if (watch) {
  await (await context(options)).watch();
  console.log("Watching frontend/ for changes; stop with Ctrl+C.");
} else {
  await build(options).catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
}

/** The files that are bundled each on their own, as paths from the root. */
async function entryPoints() {
  const main = ["app.js", "app.css", "service-worker.js"].map((name) => join(frontend, name));
  return [...main, ...(await filesIn("pages")).filter((path) => /\.(css|js)$/.test(path))].filter(existsSync);
}

/** Every file under a folder of frontend/, none when the folder is absent. */
async function filesIn(folder) {
  const start = join(frontend, folder);
  if (!existsSync(start)) return [];
  const entries = await readdir(start, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** Writes all outputs and the manifest, the manifest last, and removes what no longer belongs to the build. */
async function write(result) {
  if (result.errors.length > 0) return;
  const files = new Map(result.outputFiles.map((file) => [file.path, file.contents]));
  const manifest = bundled(result.metafile);
  for (const [name, contents] of await copied()) {
    const target = hashed(name, contents);
    files.set(join(dist, target), contents);
    manifest[name] = target;
  }
  if (!watch) await pack(files);
  for (const [path, contents] of files) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, contents);
  }
  const manifestPath = join(dist, "manifest.json");
  await writeFile(manifestPath, JSON.stringify(manifest, Object.keys(manifest).sort(), 2) + "\n");
  if (!watch) await removeOthers(new Set([...files.keys(), manifestPath]));
  console.log(`Built ${Object.keys(manifest).length} front-end files into ${relative(process.cwd(), dist) || "."}.`);
}

/** Adds the text files once more, packed; they are packed once and sent very often, so nothing is spared. */
async function pack(files) {
  for (const [path, contents] of [...files].filter(([path]) => text.test(path))) {
    files.set(`${path}.br`, await promisify(brotliCompress)(contents));
    files.set(`${path}.gz`, await promisify(gzip)(contents, { level: 9 }));
  }
}

/** The manifest's lines for the entry points and what style sheets point to: {"app.js": "app-HASH.js"}. */
function bundled(metafile) {
  const lines = Object.entries(metafile.outputs).map(([path, output]) => [
    name(path, output),
    relative(dist, resolve(root, path)),
  ]);
  return Object.fromEntries(lines.filter(([known]) => known));
}

/** What a template calls an output; nothing for chunks and source maps, which no template asks for. */
function name(path, output) {
  if (output.entryPoint) return relative(frontend, resolve(root, output.entryPoint));
  return path.includes("/assets/") ? basename(Object.keys(output.inputs)[0]) : null;
}

/** Name and contents of every file that is taken over as it is, and of the icon sprite. */
async function copied() {
  const paths = await filesIn("static");
  const files = await Promise.all(
    paths.map(async (path) => [relative(join(frontend, "static"), path), await readFile(path)]),
  );
  const sprite = await icons();
  return sprite ? [...files, ["icons.svg", sprite]] : files;
}

/** One SVG with a <symbol> for each icon named in frontend/icons.txt; used as <use href="…icons.svg#NAME">. */
async function icons() {
  const list = join(frontend, "icons.txt");
  if (!existsSync(list)) return null;
  const names = (await readFile(list, "utf8")).split("\n").map((line) => line.trim());
  const symbols = await Promise.all(names.filter((name) => name && !name.startsWith("#")).map(symbol));
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`);
}

async function symbol(name) {
  const path = join(root, "node_modules", "lucide-static", "icons", `${name}.svg`);
  if (!existsSync(path)) throw new Error(`frontend/icons.txt names "${name}", which Lucide does not have`);
  const drawing = (await readFile(path, "utf8")).match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1].replace(/\s+/g, " ").trim();
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${drawing}</symbol>`;
}

/** fonts/a.woff2 -> fonts/a-HASH.woff2 */
function hashed(name, contents) {
  const hash = createHash("sha256").update(contents).digest("hex").slice(0, 8).toUpperCase();
  return name.replace(/(\.[^./]+)?$/, (ending) => `-${hash}${ending}`);
}

async function removeOthers(keep) {
  const entries = await readdir(dist, { recursive: true, withFileTypes: true });
  const stale = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((path) => !keep.has(path));
  await Promise.all(stale.map((path) => rm(path)));
}
