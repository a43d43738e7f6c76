// The grid: a tree of steps that is a table and a timeline. Only the rows in view are in the page.

const HEIGHT = 26, grid = $("grid");
const open = new Set();
function usuallyOpen(i) { // what is small, and of items and iterations those that failed
  const inside = members.get(i), numbered = /^\d+$/.test(run.name[i]);
  const small = inside && depth[i] < 3 && inside.length <= 12;
  return inside && (depth[i] < 1 || (small && (!numbered || status(i) === "failed")));
}
for (let i = 0; i < count; i++) if (usuallyOpen(i)) open.add(i);
let rows = [], flat = false, chosen = -1, view = [0, run.end];

const rowClass = run.other ? "entry other" : "entry";
const axis = make("span", "time");
axis.setAttribute("role", "columnheader");
axis.setAttribute("aria-label", "Over time");
const head = make("div", rowClass);
head.setAttribute("role", "row");
head.setAttribute("aria-rowindex", "1");
for (const name of ["Step", "Status", "Took", ...(run.other ? ["Before"] : [])]) {
  const cell = make("span", name === "Step" || name === "Status" ? "" : "num", name);
  cell.setAttribute("role", "columnheader");
  head.append(cell);
}
head.append(axis);
const pad = make("div", "rows"), heading = make("div", "heading", head);
for (const group of [pad, heading]) group.setAttribute("role", "rowgroup");
grid.append(heading, pad);

const shown = new Map();
const place = (ms) => ((ms - view[0]) / (view[1] - view[0])) * 100;

function span(start, stop, cls) {
  const left = Math.max(0, place(start)), right = Math.min(100, place(stop));
  if (right < 0 || left > 100) return null;
  const made = make("i", cls);
  made.style.left = Math.min(left, 99.6) + "%";
  made.style.width = Math.max(0, right - left) + "%";
  return made;
}

function rowOf(i, at) {
  const composite = members.has(i), row = make("div", rowClass);
  const attributes = {role: "row", "aria-level": depth[i] + 1, "aria-selected": i === chosen, "aria-rowindex": at + 2};
  if (composite && !flat) attributes["aria-expanded"] = open.has(i);
  for (const [name, value] of Object.entries(attributes)) row.setAttribute(name, value);
  row.id = "row" + i;
  row.step = i;
  row.style.top = at * HEIGHT + "px";
  const name = make("span", "", make("i", "twist", composite && !flat ? (open.has(i) ? "▾" : "▸") : ""),
    flat ? paths[i] : run.name[i], composite ? make("small", "", kind(i) + ", " + members.get(i).length) : "",
    run.attempts[i] > 1 ? make("small", "", "×" + run.attempts[i]) : "");
  name.title = paths[i] + ": " + kind(i);
  if (!flat) name.style.paddingLeft = 8 + depth[i] * 18 + "px";
  const time = make("span", "time"), taken = reused.has(i) ? "" : duration(run.took[i]);
  row.append(name, marked(run.status[i], word(i)), make("span", "num", taken), ...compared(i), time);
  if (run.start[i] != null) {
    const cls = [status(i), composite && "group", reused.has(i) && "cached", critical.has(i) && "crit"];
    time.append(span(run.start[i], run.stop[i], "bar " + cls.filter(Boolean).join(" ")) || "");
  }
  if (run.other && !composite && run.other.start[i] != null) {
    time.append(span(run.other.start[i], run.other.start[i] + before(i), "was") || "");
  }
  for (const cell of row.children) cell.setAttribute("role", "gridcell");
  return row;
}

function compared(i) {
  if (!run.other) return [];
  const by = slower(i), much = by != null && Math.abs(by) > Math.max(100, before(i) / 20);
  const text = run.other.status[i] < 0 ? "new" : duration(before(i)) + (much ? (by > 0 ? " ▲" : " ▼") : "");
  return [make("span", "num " + (much ? (by > 0 ? "slower" : "faster") : "dim"), text)];
}

function draw() {
  const first = Math.max(0, Math.floor(grid.scrollTop / HEIGHT) - 5);
  const last = Math.min(rows.length, first + Math.ceil(grid.clientHeight / HEIGHT) + 10);
  for (const [at, row] of shown) {
    if (at < first || at >= last) {
      row.remove();
      shown.delete(at);
    }
  }
  for (let at = first; at < last; at++) {
    if (shown.has(at)) continue;
    shown.set(at, rowOf(rows[at], at));
    pad.append(shown.get(at));
  }
}

function redraw() {
  for (const row of shown.values()) row.remove();
  shown.clear();
  pad.style.height = rows.length * HEIGHT + "px";
  grid.style.height = Math.min(560, Math.max(rows.length, 8) * HEIGHT + 30) + "px";
  grid.setAttribute("aria-rowcount", rows.length + 1);
  ticks();
  draw();
}

function ticks() {
  axis.replaceChildren();
  const raw = (view[1] - view[0]) / 5, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw);
  for (let at = Math.ceil(view[0] / step) * step; at < view[1]; at += step) {
    const tick = make("i", "tick", at ? duration(at) : "0");
    tick.style.left = place(at) + "%";
    axis.append(tick);
  }
}

function update(keep) {
  [rows, flat] = listed();
  $("found").textContent = flat ? rows.length + " of " + count + " steps" : count + (count === 1 ? " step" : " steps");
  if (!keep) grid.scrollTop = 0;
  redraw();
}

function toggle(i) {
  if (!open.delete(i)) open.add(i);
  update(true);
}

function reveal(i) {
  for (let above = run.parent[i]; above >= 0; above = run.parent[above]) open.add(above);
  if (flat && !rows.includes(i)) {
    $("find").value = $("by").value = "";
    only.clear();
    for (const button of document.querySelectorAll("[data-only]")) button.setAttribute("aria-pressed", false);
  }
  update(true);
  into(rows.indexOf(i));
}

function into(at) {
  const y = at * HEIGHT, room = grid.clientHeight - 2 * HEIGHT;
  if (y < grid.scrollTop) grid.scrollTop = y;
  if (y > grid.scrollTop + room) grid.scrollTop = y - room;
  draw();
}

function zoom(factor, at) {
  const width = (view[1] - view[0]) * factor, centre = view[0] + (view[1] - view[0]) * at;
  view = [Math.max(0, centre - width * at), Math.min(run.end, centre + width * (1 - at))];
  redraw();
}
