// Buttons, keys, links to steps, and the reader's own time.

const every = (all, open) => document.querySelectorAll(all).forEach((one) => (one.open = open));
const actions = {
  fit, in: () => zoomed(scale * 1.25), out: () => zoomed(scale / 1.25),
  open: () => every(".graph details", true), close: () => every(".graph details", false),
  whole: () => { view = [0, run.end]; redraw(); },
};
for (const button of document.querySelectorAll("[data-do]")) button.addEventListener("click", actions[button.dataset.do]);
for (const button of document.querySelectorAll("[data-only]")) {
  button.addEventListener("click", () => {
    if (!only.delete(button.dataset.only)) only.add(button.dataset.only);
    button.setAttribute("aria-pressed", only.has(button.dataset.only));
    update();
  });
}
let waiting;
$("find").addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(update, 60);
});
$("by").addEventListener("change", () => update());

grid.addEventListener("scroll", draw, {passive: true});
pad.addEventListener("click", (event) => {
  const row = event.target.closest(".entry");
  if (!row) return;
  if (event.target.className === "twist" && members.has(row.step) && !flat) toggle(row.step);
  choose(row.step);
});
pad.addEventListener("dblclick", (event) => {
  const row = event.target.closest(".entry");
  if (row && members.has(row.step) && !flat) toggle(row.step);
});
grid.addEventListener("wheel", (event) => {
  const lane = axis.getBoundingClientRect();
  if (event.clientX < lane.left || !(event.ctrlKey || event.shiftKey)) return;
  event.preventDefault();
  if (event.ctrlKey) return zoom(event.deltaY > 0 ? 1.25 : 0.8, (event.clientX - lane.left) / lane.width);
  const by = ((event.deltaY || event.deltaX) / lane.width) * (view[1] - view[0]);
  const moved = Math.max(-view[0], Math.min(run.end - view[1], by));
  view = [view[0] + moved, view[1] + moved];
  redraw();
}, {passive: false});

const moves = {ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -Infinity, End: Infinity};
grid.addEventListener("keydown", (event) => {
  const at = rows.indexOf(chosen), tree = members.has(chosen) && !flat;
  let to = null;
  if (event.key in moves) to = at + moves[event.key];
  else if (event.key === "ArrowRight" && tree) open.has(chosen) ? (to = at + 1) : toggle(chosen);
  else if (event.key === "ArrowLeft" && tree && open.has(chosen)) toggle(chosen);
  else if (event.key === "ArrowLeft") to = rows.indexOf(run.parent[chosen]);
  else if (event.key === "+" || event.key === "-") zoom(event.key === "+" ? 0.6 : 1.6, 0.5);
  else if (event.key === "Enter") panel.focus();
  else return;
  event.preventDefault();
  if (to == null || !rows.length || (to < 0 && event.key === "ArrowLeft")) return;
  to = Math.max(0, Math.min(rows.length - 1, to));
  into(to);
  choose(rows[to]);
});
document.addEventListener("keydown", (event) => {
  const typing = /INPUT|SELECT|TEXTAREA/.test(document.activeElement.tagName);
  if (event.key === "/" && !typing) {
    event.preventDefault();
    $("find").focus();
  }
  if (event.key === "Escape" && document.activeElement === $("find")) {
    $("find").value = "";
    update();
    grid.focus();
  }
});

// #s12 is a step of this file, #step=a.b of every report of the pipeline.
function follow() {
  const number = /^#s(\d+)$/.exec(location.hash), path = /^#step=(.*)$/.exec(location.hash);
  const i = number ? +number[1] : path ? paths.indexOf(decodeURIComponent(path[1])) : -1;
  if (i < 0 || i >= count) return;
  reveal(i);
  choose(i);
  grid.scrollIntoView({block: "center"});
}

function zoned(root) {
  for (const time of root.querySelectorAll("time")) {
    time.append(make("small", "", " (" + new Date(time.dateTime).toLocaleString() + " here)"));
  }
}
zoned(document);
document.documentElement.classList.add("on");
update();
if (drawn) fit();
new ResizeObserver(redraw).observe(grid);
addEventListener("hashchange", follow);
follow();
document.documentElement.dataset.ready = Math.round(performance.now());
