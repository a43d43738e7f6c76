// What the page knows of the steps: columns, and details that are unpacked when somebody looks at a step.

const $ = (id) => document.getElementById(id);

async function unpacked(id) {
  const bytes = Uint8Array.from(atob($(id).textContent), (one) => one.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}

let run, count, critical, reused;
const members = new Map(), depth = [], paths = [], parts = new Map();

async function details(step) {
  if (live) return live.details(step);
  const part = Math.floor(step / 256);
  if (!parts.has(part)) parts.set(part, unpacked("panels" + part));
  return (await parts.get(part))[step % 256];
}

function learn(columns) {
  run = columns;
  count = run.name.length;
  critical = new Set(run.critical);
  reused = new Set(run.reused);
  members.clear();
  depth.length = paths.length = 0;
  for (let i = 0; i < count; i++) {
    const above = run.parent[i];
    if (!members.has(above)) members.set(above, []);
    members.get(above).push(i);
    depth.push(above < 0 ? 0 : depth[above] + 1);
    paths.push(above < 0 ? run.name[i] : paths[above] + "." + run.name[i]);
  }
}
learn(await unpacked("columns"));
const kind = (i) => run.kinds[run.kind[i]];
const word = (i) => (reused.has(i) && status(i) === "succeeded" ? "cached" : status(i));
const status = (i) => run.statuses[run.status[i]];
const before = run.other ? (i) => run.other.took[i] : () => null;
const slower = (i) => (run.took[i] == null || before(i) == null ? null : run.took[i] - before(i));

function duration(ms) {
  if (ms == null) return "";
  if (ms < 1000) return ms >= 1 ? Math.round(ms) + " ms" : "<1 ms";
  if (ms < 60000) return (ms / 1000).toFixed(ms < 10000 ? 2 : 1) + " s";
  const seconds = Math.floor(ms / 1000), minutes = Math.floor(seconds / 60), two = (n) => String(n).padStart(2, "0");
  return minutes < 60 ? minutes + " min " + two(seconds % 60) + " s" : Math.floor(minutes / 60) + " h " + two(minutes % 60) + " min";
}

// Elements: whatever the record holds is text.
function make(name, cls, ...content) {
  const made = document.createElement(name);
  if (cls) made.className = cls;
  made.append(...content.filter((one) => one != null && one !== ""));
  return made;
}

function marked(at, text, cls) {
  return make("span", "st " + run.statuses[at] + (cls || ""), make("i", "mark", run.marks[at]), text);
}
