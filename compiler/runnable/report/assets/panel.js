// The panel: all that the report has of the step that was chosen.

const panel = $("panel");
let asked = 0, seen = "";

// `again`: the step that is shown has been looked up again, and the panel stays as it is if that brought nothing new.
async function choose(i, again) {
  chosen = i;
  for (const row of shown.values()) row.setAttribute("aria-selected", row.step === i);
  grid.setAttribute("aria-activedescendant", "row" + i);
  history.replaceState(null, "", "#step=" + encodeURIComponent(paths[i]));
  const turn = ++asked, found = await details(i);
  if (turn !== asked) return; // another step was chosen meanwhile
  const what = live && JSON.stringify([paths[i], word(i), run.took[i], found]);
  if (again && what === seen) return;
  seen = what;
  const facts = [kind(i), run.start[i] != null && "began after " + duration(run.start[i]),
    critical.has(i) && "on the critical path"];
  panel.replaceChildren(
    make("h3", "", paths[i]),
    make("p", "", marked(run.status[i], [word(i), duration(run.took[i])].filter(Boolean).join(", "))),
    make("p", "dim", facts.filter(Boolean).join(", ")),
    ...(members.has(i) ? [make("p", "", counts(i))] : []),
    ...(found.message ? [make("pre", "message", found.message)] : []),
    ...(found.changes ? [make("p", "", "Changed since: " + found.changes.join(", "))] : []),
    ...pictures(i),
    ...(found.attempts || []).map(attempt).reverse().flat(),
  );
  if (!again) panel.scrollTop = 0;
}

function counts(i) {
  const found = new Map();
  for (const member of members.get(i)) found.set(status(member), (found.get(status(member)) || 0) + 1);
  return [...found].map(([name, number]) => number + " " + name).join(", ");
}

// Pictures and notebooks stand in the page once; the panel has copies of those of its step.
function pictures(i) {
  return [...document.querySelectorAll(`.shown [data-step="${i}"]`)].map((one) => one.cloneNode(true));
}

function attempt(one, at) {
  return [
    make("h4", "", "Attempt " + (at + 1) + ": ", marked(one.status, run.statuses[one.status] + (one.took == null ? "" : ", " + duration(one.took)))),
    ...titled("", one.message && make("pre", "message", one.message)),
    ...titled("", one.reused && make("p", "dim", "Taken from " + one.reused)),
    ...titled("Traceback", one.trace && make("pre", "", one.trace)),
    ...titled("Resources", one.about && list(one.about)),
    ...titled("Inputs", one.inputs && list(Object.entries(one.inputs))),
    ...titled("Returned", one.outputs && list(Object.entries(one.outputs), one.metrics)),
    ...titled("Files", one.files && list(one.files.map(([path, stage, size]) => [path, (stage === "put" ? "put, " : "taken, ") + size]))),
    ...titled("Log", one.log && make("pre", "", one.log)),
  ];
}

const titled = (title, content) => (content ? [...(title ? [make("h4", "", title)] : []), content] : []);

function list(pairs, metrics) {
  const body = make("tbody");
  for (const [name, value] of pairs) {
    const cell = make("th", "", name, metrics && metrics.includes(name) ? make("small", "", " metric") : "");
    cell.scope = "row";
    body.append(make("tr", "", cell, make("td", "", make("code", "", value))));
  }
  return make("table", "", body);
}
