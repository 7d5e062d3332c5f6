// Opens the pages of a site in a headless Chromium and says what it saw, as JSON. Judges nothing but what only a browser knows: docs_check.py does the rest.
//
// usage: node docs_browse.mjs WANTED.json   (the engines' node_modules beside it, by NODE_PATH's sake given in WANTED)

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import path from "node:path";

const wanted = JSON.parse(readFileSync(process.argv[2], "utf8"));
const require = createRequire(path.join(wanted.modules, "nothing.js"));
const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const { chromium } = require("playwright-core");
const sparticuz = (await import(pathToFileURL(path.join(wanted.modules, "@sparticuz/chromium/build/esm/index.js")).href)).default;

const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--no-sandbox", "--disable-gpu"];
const browser = await chromium.launch({ executablePath: await sparticuz.executablePath(), args: quiet, headless: true });

const SERIOUS = new Set(["serious", "critical"]);

async function watched(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const seen = { console: [], outside: [], dialogs: 0 };
  page.on("console", (m) => { if (["error", "warning"].includes(m.type())) { seen.console.push(m.text()); } });
  page.on("pageerror", (e) => seen.console.push(String(e)));
  page.on("dialog", async (d) => { seen.dialogs += 1; await d.dismiss(); });
  page.on("requestfailed", (r) => seen.console.push(`failed: ${r.url()}`));
  page.on("request", (r) => { if (!r.url().startsWith(wanted.base) && !r.url().startsWith("data:")) { seen.outside.push(r.url()); } });
  return { context, page, seen };
}

// What stands in a page, for whoever compares it with the program.
function read(texts) {
  const text = (e) => e.textContent;
  const table = document.querySelector("table.columns");
  const columns = table && [...table.tBodies[0].rows].map((row) => ({
    id: row.id,
    name: text(row.querySelector("th code")),
    type: text(row.querySelector("th .quiet")),
    tells: [...row.cells[1].querySelectorAll(":scope > ul:first-child > li")].map(text),
    from: [...row.cells[2].querySelectorAll(":scope > ul:first-child > li")].map((li) => ({ to: li.querySelector("code a")?.getAttribute("href") ?? "", equal: text(li).startsWith("equal to") })),
    seen: [...row.cells[3].querySelectorAll("li")].map((li) => text(li.querySelector("code"))),
  }));
  const access = document.querySelector("section[aria-labelledby=access] table");
  return {
    title: document.title,
    h1: [...document.querySelectorAll("h1")].map(text),
    ids: [...document.querySelectorAll("[id]")].map((e) => e.id),
    links: [...document.querySelectorAll("a[href]")].map((a) => typeof a.href === "string" ? a.href : new URL(a.getAttribute("href"), location.href).href),
    scripts: [...document.querySelectorAll("script")].map((s) => s.getAttribute("src") ?? "inline"),
    handlers: [...document.querySelectorAll("*")].filter((e) => [...e.attributes].some((a) => a.name.startsWith("on"))).length,
    embedded: document.querySelectorAll("img, iframe, object, embed, video, audio").length,
    pictures: [...document.querySelectorAll("svg")].map((s) => ({ label: s.getAttribute("aria-label") ?? "", boxes: s.querySelectorAll("rect").length, lines: s.querySelectorAll("path.line").length })),
    pwned: typeof window.pwned,
    columns,
    access: access && [...access.tBodies[0].rows].map((row) => ({ role: text(row.cells[0]), verb: text(row.cells[1]) })),
    text: texts ? document.body.textContent : "",
  };
}

async function axe(page) {
  await page.evaluate(axeSource);
  const found = await page.evaluate(async () => {
    const result = await window.axe.run(document, { resultTypes: ["violations"], preload: false });
    return result.violations.map((v) => ({ id: v.id, impact: v.impact, nodes: v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200)) }));
  });
  return found.filter((v) => SERIOUS.has(v.impact));
}

const result = { version: browser.version(), pages: {}, dark: {}, searches: [], keyboard: {}, bare: {} };

// Every page, as a file: twice as many tabs as processors would only wait for each other.
async function worker(queue) {
  const { context, page, seen } = await watched();
  while (queue.length > 0) {
    const name = queue.shift();
    seen.console.length = 0; seen.outside.length = 0; seen.dialogs = 0;
    await page.goto(wanted.base + name, { waitUntil: "load" });
    const told = await page.evaluate(read, wanted.texts);
    const violations = wanted.axe ? await axe(page) : [];
    result.pages[name] = { ...told, violations, console: [...seen.console], outside: [...seen.outside], dialogs: seen.dialogs };
  }
  await context.close();
}
const queue = [...wanted.pages];
await Promise.all([worker(queue), worker(queue)]);

// In the dark, on a narrow screen, and in print: contrast and reachability are other there.
for (const name of wanted.dark) {
  for (const [mode, options] of [["dark", { colorScheme: "dark" }], ["narrow", { viewport: { width: 360, height: 640 } }]]) {
    const { context, page } = await watched(options);
    await page.goto(wanted.base + name);
    result.dark[`${mode} ${name}`] = await axe(page);
    await context.close();
  }
}

// The search, as somebody uses it: typed into the first page, then by an address.
for (const search of wanted.searches) {
  const { context, page, seen } = await watched();
  await page.goto(wanted.base + "index.html");
  await page.getByRole("searchbox").fill(search);
  await page.keyboard.press("Enter");
  await page.waitForURL(/search\.html/);
  await page.waitForFunction(() => /name|part|first/.test(document.getElementById("said").textContent) && !/Type|Searching/.test(document.getElementById("said").textContent), null, { timeout: 20000 });
  const hits = await page.evaluate(() => [...document.querySelectorAll("#found a")].map((a) => ({ text: a.textContent, href: a.href })));
  const said = await page.textContent("#said");
  let landed = "";
  if (hits.length > 0) {
    await page.locator("#found a").first().click();
    await page.waitForLoadState("load");
    landed = await page.evaluate(() => { const at = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1))); return at ? at.textContent.slice(0, 200) : document.querySelector("h1").textContent; });
  }
  result.searches.push({ search, said, hits, landed, console: seen.console, outside: seen.outside, dialogs: seen.dialogs });
  await context.close();
}

// The keyboard alone: the first stop skips to the content, and no stop is a trap.
{
  const { context, page } = await watched();
  await page.goto(wanted.base + wanted.keyboard);
  await page.keyboard.press("Tab");
  result.keyboard.first = await page.evaluate(() => document.activeElement.textContent);
  await page.keyboard.press("Enter");
  result.keyboard.skipped = await page.evaluate(() => document.activeElement.id);
  const stops = [];
  for (let i = 0; i < 12; i += 1) { await page.keyboard.press("Tab"); stops.push(await page.evaluate(() => (document.activeElement.textContent ?? "").slice(0, 40) + "@" + [...document.querySelectorAll("a, input, button, summary, [tabindex]")].indexOf(document.activeElement))); }
  result.keyboard.distinct = new Set(stops).size;
  await context.close();
}

// Without scripts everything is there but the search, which says so.
{
  const { context, page } = await watched({ javaScriptEnabled: false });
  await page.goto(wanted.base + wanted.keyboard);
  result.bare.table = await page.locator("h1").textContent();
  await page.goto(wanted.base + "search.html");
  result.bare.search = await page.locator("#said").textContent();
  await context.close();
}

if (wanted.picture) {
  const { context, page } = await watched();
  await page.goto(wanted.base + wanted.keyboard);
  await page.screenshot({ path: wanted.picture, fullPage: true });
  await context.close();
}

await browser.close();
writeFileSync(wanted.out, JSON.stringify(result));
