// Reads a drawing in DOT or Mermaid with the program it is for, and prints what it holds:
// nodes by id with label and group, and edges. usage: node lineage_read.mjs NODE_MODULES dot|mermaid < TEXT

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [, , modules, format] = process.argv;
const require = createRequire(pathToFileURL(modules + "/"));
const load = (name) => import(pathToFileURL(require.resolve(name)).href);

async function dot(text) {
  const { Graphviz } = await load("@hpcc-js/wasm-graphviz");
  const graph = JSON.parse((await Graphviz.load()).layout(text, "json", "dot"));
  const objects = graph.objects ?? [];
  // What is drawn, not what is written: escapes are read by then. Graphviz's JSON doubles every backslash of a text.
  const drawn = (o) => (o._ldraw_ ?? []).filter((step) => step.op === "T").map((step) => step.text.replaceAll("\\\\", "\\")).join("\n");
  const nodes = {};
  for (const group of objects.filter((o) => o.nodes)) {
    for (const at of group.nodes) nodes[objects[at].name] = { label: drawn(objects[at]), group: drawn(group) };
  }
  const line = (e) => (e.style === "dashed" ? "control" : e.arrowhead === "none" ? "equal" : "value");
  const edges = (graph.edges ?? []).map((e) => [objects[e.tail].name, line(e), objects[e.head].name]);
  return { nodes, edges };
}

async function mermaid(text) {
  const { JSDOM } = await load("jsdom");
  globalThis.window = new JSDOM("<!doctype html><body></body>").window;
  globalThis.document = globalThis.window.document;
  const mermaid = (await load("mermaid")).default;
  mermaid.initialize({ maxEdges: 100_000, maxTextSize: 10_000_000 });
  await mermaid.parse(text);
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
  // Mermaid keeps `#34;` apart until it draws.
  const decoded = (label) => label.replace(/ﬂ°°(\d+)¶ß/g, (_, code) => String.fromCodePoint(Number(code)));
  const nodes = {};
  for (const [id, vertex] of db.getVertices()) nodes[id] = { label: decoded(vertex.text) };
  for (const group of db.getSubGraphs()) for (const id of group.nodes) nodes[id].group = decoded(group.title);
  const line = { normal: "value", thick: "equal", dotted: "control" };
  return { nodes, edges: db.getEdges().map((e) => [e.start, line[e.stroke], e.end]) };
}

let text = "";
for await (const part of process.stdin) text += part;
console.log(JSON.stringify(await { dot, mermaid }[format](text)));
