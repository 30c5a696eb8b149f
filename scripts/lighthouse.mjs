// Asks Lighthouse about pages of a running site, in a Chromium that runs already, and prints a table, or JSON with --json.
//
//   node scripts/lighthouse.mjs --port 9222 --cookie "cercle=…" [--form mobile|desktop] [--tries 3] [--json] NAME=URL …
//
// --port is the Chromium's --remote-debugging-port. The scores are those of 100; a page whose performance is below 95 is asked
// again up to --tries times, and the median counts, for machines have moods. The network and processor that are simulated are
// those of Lighthouse: "mobileSlow4G" with a processor four times slower, or "desktopDense4G".
import process from "node:process";
import { parseArgs } from "node:util";
import lighthouse, { desktopConfig } from "lighthouse";

const GOAL = 95;
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];
const { values: options, positionals: pages } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: "string" },
    cookie: { type: "string", default: "" },
    form: { type: "string", default: "mobile" },
    tries: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
  },
});

const rows = [];
for (const page of pages) {
  const [name, url] = [page.slice(0, page.indexOf("=")), page.slice(page.indexOf("=") + 1)];
  rows.push({ name, ...(await judged(url)) });
  if (!options.json) print(rows.at(-1));
}
if (options.json) console.log(JSON.stringify(rows));
process.exit(rows.every((row) => Math.min(...Object.values(row.scores)) >= GOAL) ? 0 : 1);

/** The scores of a page and what keeps them from 100. */
async function judged(url) {
  const found = [];
  do found.push(await asked(url));
  while (median(found).scores.performance < GOAL && found.length < Number(options.tries));
  return median(found);
}

async function asked(url, again = 3) {
  const flags = {
    port: Number(options.port),
    output: "json",
    logLevel: "error",
    onlyCategories: CATEGORIES,
    extraHeaders: { Cookie: options.cookie },
  };
  const { lhr } = await lighthouse(url, flags, options.form === "desktop" ? desktopConfig : undefined);
  if (lhr.runtimeError?.code === "NO_NAVSTART" && again > 0) return asked(url, again - 1); // the trace began too late
  if (lhr.runtimeError) throw new Error(`${url}: ${lhr.runtimeError.message}`);
  if (lhr.finalDisplayedUrl !== url) throw new Error(`${url} led to ${lhr.finalDisplayedUrl}`);
  const scores = Object.fromEntries(CATEGORIES.map((name) => [name, Math.round(lhr.categories[name].score * 100)]));
  return { scores, lcp: lhr.audits["largest-contentful-paint"].numericValue, missed: missed(lhr) };
}

/** The audits that count and failed, with the first thing each complains about. */
function missed({ categories, audits }) {
  const counted = CATEGORIES.flatMap((name) => categories[name].auditRefs.filter(({ weight }) => weight > 0));
  const failed = counted.map(({ id }) => audits[id]).filter(({ score }) => score !== null && score < 0.9);
  return failed.map(({ id, displayValue, details }) => {
    const first = details?.items?.[0];
    return [id, displayValue, first?.node?.snippet ?? first?.description ?? first?.url].filter(Boolean).join(": ");
  });
}

function median(found) {
  const sorted = [...found].sort((one, other) => one.scores.performance - other.scores.performance);
  return sorted[Math.floor(sorted.length / 2)];
}

function print({ name, scores, lcp, missed: why }) {
  const numbers = CATEGORIES.map((category) => String(scores[category]).padStart(4)).join(" |");
  console.log(`| ${name.padEnd(10)} | ${options.form.padEnd(7)} |${numbers} | ${(lcp / 1000).toFixed(2)} s | ${why.join("; ")} |`);
}
