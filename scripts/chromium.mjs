// Unpacks the Chromium of the npm package @sparticuz/chromium into the folder given as the only argument.
// The package carries the browser and the libraries and fonts it needs as Brotli files, so that no system
// package has to be installed.
import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";

const folder = process.argv[2];
if (!folder || !existsSync(folder)) {
  console.error("usage: node scripts/chromium.mjs FOLDER (which must exist)");
  process.exit(2);
}

// The package unpacks into the temporary folder of the system and reads its place when it is called.
process.env.TMPDIR = folder;
const { inflate } = await import("@sparticuz/chromium");
const archives = join(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")), "..", "bin");
await Promise.all(
  ["chromium.br", "fonts.tar.br", "swiftshader.tar.br", "al2023.tar.br"].map((name) => inflate(join(archives, name))),
);
