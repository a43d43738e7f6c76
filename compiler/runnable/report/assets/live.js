// What `runnable ui` adds: the page asks its server for what has changed, and keeps what its reader has opened.

const live = {
  version: 0,
  drawn: [], // the paths of the steps when the graph was drawn, by their numbers then
  async details(i) {
    const answer = await fetch("step" + query("path", paths[i]));
    return answer.ok ? answer.json() : {message: await answer.text()};
  },
};

function query(name, value) {
  const found = new URLSearchParams(location.search);
  found.set(name, value);
  return "?" + found;
}

function byPath(set) {
  const kept = new Set([...set].map((i) => paths[i]));
  return (i) => kept.has(paths[i]);
}

// New columns: steps may have other numbers now.
function relearn(columns) {
  const wasOpen = byPath(open), known = new Set(paths), path = paths[chosen], whole = view[0] === 0 && view[1] === run.end;
  learn(columns);
  open.clear();
  for (let i = 0; i < count; i++) if (wasOpen(i) || (!known.has(paths[i]) && usuallyOpen(i))) open.add(i);
  chosen = path === undefined ? -1 : paths.indexOf(path);
  if (whole) view = [0, run.end];
  update(true);
  if (chosen >= 0) choose(chosen, true);
}

// The parts of the page that are not the grid: those that are not as they were are replaced.
const parted = new Map();

async function refresh() {
  const answer = await fetch("./" + query("parts", "1"));
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.title = fresh.title;
  if (!drawn && fresh.querySelector(".drawn")) return location.reload(); // its first steps
  const steps = document.getElementById("steps").parentNode;
  swap(document.querySelector("nav"), fresh.querySelector("nav"));
  swap(document.querySelector("main > header"), fresh.querySelector("main > header"));
  for (const part of ["figure.busy", ".static"]) swap(steps.querySelector(part), fresh.querySelector(part));
  if (drawn) {
    const was = new Map([...drawn.querySelectorAll("details")].map((one) => [live.drawn[one.dataset.i], one.open]));
    if (swap(drawn, fresh.querySelector(".drawn"), true)) {
      live.drawn = [...paths];
      for (const one of drawn.querySelectorAll("details")) {
        if (was.has(paths[one.dataset.i])) one.open = was.get(paths[one.dataset.i]);
      }
    }
  }
  sections(fresh);
}

function sections(fresh) {
  const kept = ["graph", "steps"], of = (root) => new Map([...root.querySelectorAll("main > section")].map((one) => [one.getAttribute("aria-labelledby"), one]));
  const old = of(document);
  let last = document.querySelector("main > header");
  for (const [name, one] of of(fresh)) {
    const before = old.get(name);
    if (before && !kept.includes(name)) swap(before, one);
    else if (!before) {
      zoned(one);
      last.after(one);
    }
    last = document.querySelector(`main > section[aria-labelledby="${name}"]`);
  }
  for (const [name, one] of old) if (!fresh.querySelector(`main > section[aria-labelledby="${name}"]`)) one.remove();
}

// Replaces what is not as the server last sent it, so that what has not changed stays selected, opened and scrolled.
function swap(old, one, inside) {
  if (!old || !one) return false;
  const key = one.getAttribute("aria-labelledby") || one.tagName + one.className, html = one.outerHTML;
  if (parted.get(key) === html) return false;
  parted.set(key, html);
  zoned(one);
  if (inside) old.replaceChildren(...one.childNodes);
  else old.replaceWith(one);
  return true;
}

async function watch() {
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  let due = 0, stale = false, ended = false;
  live.drawn = [...paths];
  live.version = run.version;
  for (;;) {
    if (document.hidden) {
      await pause(300);
      continue;
    }
    try {
      const answer = await fetch("columns" + query("since", live.version));
      if (answer.status === 200) {
        const found = await answer.json();
        live.version = found.version;
        ended = found.ended;
        $("live").textContent = found.note || (ended ? "The run has ended." : "This page follows the run.");
        relearn(found.columns);
        stale = true;
      } else if (answer.status !== 204) $("live").textContent = await answer.text();
      if (stale && (ended || performance.now() > due)) {
        stale = false;
        await refresh();
        due = performance.now() + 1500;
      }
    } catch (error) {
      $("live").textContent = "The server does not answer: `runnable ui` has ended.";
      await pause(2000);
    }
    await pause(ended ? 2000 : 400);
  }
}
