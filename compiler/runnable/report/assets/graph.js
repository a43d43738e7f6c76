// The graph: boxes that Python has drawn; of large runs what is in a box is drawn when it is opened. Zoom.

const drawn = document.querySelector(".drawn"), frame = drawn && drawn.parentNode;
const sideBySide = ["map", "parallel", "conditional"];
let scale = 1;

function zoomed(value) {
  scale = Math.max(0.15, Math.min(2, value));
  drawn.style.zoom = scale;
}

function fit() {
  zoomed(1);
  zoomed(Math.min(1, (frame.clientWidth - 28) / drawn.scrollWidth));
}

function box(i) {
  const cls = "box " + status(i) + (critical.has(i) ? " crit" : ""), inside = members.get(i);
  const name = make("b", "", make("i", "mark", run.marks[run.status[i]]), run.name[i]);
  if (!inside) {
    const leaf = make("a", cls, name, make("small", "", duration(run.took[i]) || status(i)));
    leaf.href = "#s" + i;
    return leaf;
  }
  const made = make("details", cls, make("summary", "", name, make("small", "", kind(i) + ", " + inside.length)));
  made.dataset.i = i;
  return made;
}

function fill(details) {
  const i = +details.dataset.i, inside = members.get(i).slice(0, 40), left = members.get(i).length - inside.length;
  const row = make("div", sideBySide.includes(kind(i)) ? "row" : "flow");
  inside.forEach((one, at) => {
    if (at && row.className === "flow") row.append(make("div", "line"));
    row.append(row.className === "flow" ? make("div", at ? "slot in" : "slot", box(one)) : box(one));
  });
  details.append(row, left ? make("p", "dim", left + " more in the table below") : "");
}

if (drawn) {
  drawn.addEventListener("toggle", (event) => {
    if (event.target.open && event.target.children.length === 1) fill(event.target);
  }, true);
  drawn.addEventListener("click", (event) => {
    const strip = event.target.closest(".strip");
    if (!strip) return;
    const at = strip.getBoundingClientRect(), cell = at.width / strip.getAttribute("width") * 10;
    const number = Math.floor((event.clientY - at.top) / cell) * 64 + Math.floor((event.clientX - at.left) / cell);
    const member = members.get(+strip.dataset.first)[number];
    if (member !== undefined) location.hash = "s" + member;
  });
  frame.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoomed(scale * (event.deltaY > 0 ? 0.9 : 1.1));
  }, {passive: false});
}
