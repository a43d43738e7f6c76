// Searching: words of a path, `status:failed`, `kind:shell`, `took>5s`; all of them have to fit.

const unit = {ms: 1, s: 1000, m: 60000, min: 60000, h: 3600000};

function test(term) {
  const named = /^(status|kind):(.*)$/.exec(term);
  if (named) return named[1] === "kind" ? (i) => kind(i).startsWith(named[2]) : (i) => word(i).startsWith(named[2]);
  const timed = /^took([<>])([\d.]+)(ms|s|min|m|h)?$/.exec(term);
  if (timed) {
    const limit = timed[2] * unit[timed[3] || "s"];
    return (i) => run.took[i] != null && (timed[1] === ">" ? run.took[i] > limit : run.took[i] < limit);
  }
  return (i) => paths[i].toLowerCase().includes(term);
}

const only = new Set();

function tests() {
  const found = $("find").value.toLowerCase().split(/\s+/).filter(Boolean).map(test);
  if (only.has("failed")) found.push((i) => status(i) === "failed");
  if (only.has("critical")) found.push((i) => critical.has(i));
  return found;
}

const orders = {
  took: (i) => -(run.took[i] ?? -1),
  start: (i) => run.start[i] ?? Infinity,
  slower: (i) => -(slower(i) ?? -Infinity),
};

// The rows to show: the tree as far as it is open, or a list of what was searched for.
function listed() {
  const wanted = tests(), by = orders[$("by").value];
  const list = wanted.length > 0 || by;
  if (list) {
    const found = [];
    for (let i = 0; i < count; i++) if ((!by || !members.has(i)) && wanted.every((one) => one(i))) found.push(i);
    return [by ? found.sort((a, b) => by(a) - by(b) || a - b) : found, true];
  }
  const found = [];
  const add = (above) => {
    for (const i of members.get(above) || []) {
      found.push(i);
      if (open.has(i)) add(i);
    }
  };
  add(-1);
  return [found, false];
}
