// The list of the runs: asks the server for rows that are new, searches, orders and compares.
"use strict";
(() => {
const $ = (id) => document.getElementById(id);
const at = {run: 0, status: 1, pipeline: 2, started: 3, ended: 4, took: 5, tag: 6, message: 7};
const marks = {succeeded: "✓", failed: "✗", interrupted: "■", killed: "■", running: "▶", "on argo": "▶", "on kubernetes": "▶", unreadable: "?", gone: "?"};
const styles = {killed: "interrupted", "on argo": "running", "on kubernetes": "running", unreadable: "created", gone: "created"};
const unit = {ms: 0.001, s: 1, m: 60, min: 60, h: 3600};
const PAGE = 200;
let rows = [], version = 0, loading = true, by = "started", down = true, most = PAGE, only = "", problem = "";
const chosen = new Set();

function make(name, cls, ...content) {
  const made = document.createElement(name);
  if (cls) made.className = cls;
  made.append(...content.filter((one) => one != null));
  return made;
}

const took = (row) => row[at.took] ?? (/^(running|on )/.test(row[at.status]) ? (Date.now() - Date.parse(row[at.started])) / 1000 : null);

function duration(s) {
  if (s == null) return "";
  if (s < 1) return s >= 0.001 ? Math.round(s * 1000) + " ms" : "<1 ms";
  if (s < 60) return s.toFixed(s < 10 ? 2 : 1) + " s";
  const minutes = Math.floor(s / 60), two = (n) => String(n).padStart(2, "0");
  return minutes < 60 ? minutes + " min " + two(Math.floor(s % 60)) + " s" : Math.floor(minutes / 60) + " h " + two(minutes % 60) + " min";
}

function test(term) {
  const named = /^(status|pipeline|tag|run):(.*)$/.exec(term);
  if (named) return (row) => row[at[named[1]]].toLowerCase().startsWith(named[2]);
  const timed = /^took([<>])([\d.]+)(ms|s|min|m|h)?$/.exec(term);
  if (timed) {
    const limit = timed[2] * unit[timed[3] || "s"];
    return (row) => took(row) != null && (timed[1] === ">" ? took(row) > limit : took(row) < limit);
  }
  return (row) => [at.run, at.pipeline, at.tag, at.message].some((i) => row[i].toLowerCase().includes(term));
}

const key = (row) => (by === "took" ? took(row) ?? -1 : row[at[by]]);

function found() {
  const tests = $("find").value.toLowerCase().split(/\s+/).filter(Boolean).map(test);
  if (only) tests.push((row) => row[at.status] === only);
  const list = rows.filter((row) => tests.every((one) => one(row)));
  const sign = down ? -1 : 1;
  return list.sort((a, b) => (key(a) < key(b) ? -sign : key(a) > key(b) ? sign : 0));
}

function status(word) {
  const moving = word === "running" || word.startsWith("on ");
  return make("span", "st " + (styles[word] || word) + (moving ? " moving" : ""), make("i", "mark", marks[word] || "○"), word);
}

function line(row) {
  const box = make("input"), link = make("a", "", row[at.run]);
  box.type = "checkbox";
  box.checked = chosen.has(row[at.run]);
  box.setAttribute("aria-label", "Compare " + row[at.run]);
  box.dataset.run = row[at.run];
  link.href = "run/" + encodeURIComponent(row[at.run]) + "/";
  const name = make("th", "", link), started = make("time", "", row[at.started] ? new Date(row[at.started]).toLocaleString() : "");
  name.scope = "row";
  started.dateTime = row[at.started];
  started.title = row[at.started];
  const message = make("td", "", row[at.message]);
  message.title = row[at.message];
  return make("tr", "", make("td", "", box), name, make("td", "", status(row[at.status])), make("td", "", row[at.pipeline]),
    make("td", "", started), make("td", "num", duration(took(row))), make("td", "", row[at.tag]), message);
}

function draw() {
  const list = found(), focused = document.activeElement && document.activeElement.dataset.run;
  $("rows").replaceChildren(...list.slice(0, most).map(line));
  if (focused) for (const box of $("rows").querySelectorAll("input")) if (box.dataset.run === focused) box.focus();
  $("more").hidden = list.length <= most;
  $("found").textContent = problem || (list.length === rows.length ? "" : list.length + " of ") + rows.length + (rows.length === 1 ? " run" : " runs") + (loading ? ", reading…" : "");
  for (const button of document.querySelectorAll("[data-by]")) {
    const mine = button.dataset.by === by;
    button.toggleAttribute("data-up", mine && !down);
    button.toggleAttribute("data-down", mine && down);
    button.closest("th").setAttribute("aria-sort", mine ? (down ? "descending" : "ascending") : "none");
  }
  const counts = new Map();
  for (const row of rows) counts.set(row[at.status], (counts.get(row[at.status]) || 0) + 1);
  const names = Object.keys(marks).filter((one) => counts.has(one)), shown = names.map((one) => one + counts.get(one)).join();
  if ($("statuses").dataset.shown !== shown + only) {
    const had = document.activeElement && document.activeElement.dataset.status;
    $("statuses").dataset.shown = shown + only;
    $("statuses").replaceChildren(...names.map((one) => {
      const button = make("button", "", status(one), " " + counts.get(one));
      button.setAttribute("aria-pressed", one === only);
      button.dataset.status = one;
      return button;
    }));
    if (had) for (const one of $("statuses").children) if (one.dataset.status === had) one.focus();
  }
  $("compare").disabled = chosen.size !== 2;
}

$("statuses").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  only = only === button.dataset.status ? "" : button.dataset.status;
  most = PAGE;
  draw();
});
$("find").addEventListener("input", () => {
  most = PAGE;
  history.replaceState(null, "", $("find").value ? "#" + encodeURIComponent($("find").value) : "./");
  draw();
});
$("rows").addEventListener("change", (event) => {
  if (!event.target.dataset.run) return;
  if (!event.target.checked) chosen.delete(event.target.dataset.run);
  else chosen.add(event.target.dataset.run);
  if (chosen.size > 2) chosen.delete([...chosen][0]); // the first one makes room
  draw();
});
$("more").addEventListener("click", () => {
  most += PAGE * 5;
  draw();
});
$("compare").addEventListener("click", () => { // the newer one is compared with the older one
  const [older, newer] = rows.filter((row) => chosen.has(row[at.run])).sort((a, b) => (a[at.started] < b[at.started] ? -1 : 1));
  location.href = "run/" + encodeURIComponent(newer[at.run]) + "/?with=" + encodeURIComponent(older[at.run]);
});
for (const button of document.querySelectorAll("[data-by]")) {
  button.addEventListener("click", () => {
    down = by === button.dataset.by ? !down : ["started", "took"].includes(button.dataset.by);
    by = button.dataset.by;
    draw();
  });
}
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement.tagName !== "INPUT") {
    event.preventDefault();
    $("find").focus();
  }
});

async function watch() {
  for (;;) {
    let pause = loading ? 120 : 800;
    if (!document.hidden) {
      try {
        const answer = await fetch("runs?since=" + version);
        if (answer.status === 200) {
          ({rows, version, loading, problem} = await answer.json());
          draw();
          document.documentElement.dataset.ready = rows.length;
        } else if (answer.status !== 204) throw new Error();
        else if (rows.some((row) => row[at.took] == null)) draw();
      } catch (error) {
        problem = "The server does not answer: `runnable ui` has ended.";
        draw();
        pause = 3000;
      }
    }
    await new Promise((done) => setTimeout(done, pause));
  }
}
$("find").value = decodeURIComponent(location.hash.slice(1));
watch();
})();
