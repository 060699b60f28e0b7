// The playground's page: what is typed and chosen goes to a worker, what the library says is shown.
// Whatever comes from a payload is put into the page as text, never as markup: no innerHTML here.
"use strict";

const $ = (id) => document.getElementById(id);
const SHOWN = 100000; // characters of a result that are put on the screen
const PLACES = 5; // changes of one rule that are shown before one asks for more
const PAUSE = 350; // milliseconds without typing after which the library is asked
const OWN = "own";

function make(tag, properties, ...children) {
  const { dataset, ...rest } = properties ?? {};
  const element = Object.assign(document.createElement(tag), rest);
  Object.assign(element.dataset, dataset);
  element.append(...children.filter((child) => child !== null));
  return element;
}

const amount = (number, one, many = `${one}s`) =>
  `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

function say(text) {
  $("said").textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => ($("said").textContent = ""), 6000);
}

// -- loading ---------------------------------------------------------------------------------------

const BUILD = "python docs/build_playground.py";
const files = {};
let known; // what describe() says
let examples = [];

// The projects of which docs/build_playground.py puts a wheel here.
const WHEELS = ["mistral_sanitize", "pydantic", "pydantic_core", "annotated_types", "typing_extensions", "typing_inspection"];

/** An error that says which of the page's files is at fault, and so is not the browser's. */
const fileError = (message) => Object.assign(new Error(message), { file: true });

async function get(url) {
  let response;
  try {
    response = await fetch(url, { cache: "no-cache" }); // the browser asks whether its copy is still the newest
  } catch {
    throw fileError(`${url} could not be fetched`);
  }
  if (!response.ok) throw fileError(`the server responds with ${response.status} for ${url}`);
  return response;
}

async function getJson(url) {
  const response = await get(url);
  try {
    return await response.json();
  } catch {
    throw fileError(`${url} is not JSON`); // some servers send their front page for what is missing
  }
}

async function load() {
  const lacks = lacking("at first");
  if (lacks.length) throw Object.assign(new Error("an old browser"), { lacks });
  examples = await getJson("examples.json");
  fillExamples();
  const manifest = await getJson("runtime/manifest.json");
  const built = Object.keys(manifest);
  for (const wheel of WHEELS) {
    if (!built.some((name) => name.startsWith(`${wheel}-`))) throw fileError(`there is no wheel of ${wheel}`);
  }
  const total = Object.values(manifest).reduce((sum, size) => sum + size, 0);
  let done = 0;
  const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
  async function one(name, url) {
    const parts = [];
    const reader = (await get(url)).body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parts.push(part.value);
      done += part.value.length;
      if (failed.once) return;
      const percent = Math.min(100, Math.floor((100 * done) / total));
      $("load-bar").value = percent;
      $("load-text").textContent = `Loading Python: ${megabytes(Math.min(done, total))} of ${megabytes(total)} MB`;
    }
    files[name] = await new Blob(parts).arrayBuffer();
    const size = files[name].byteLength;
    if (name in manifest && size !== manifest[name]) {
      throw fileError(`${url} has ${size} bytes, and had ${manifest[name]} when it was built`);
    }
  }
  const own = ["glue.py", "worker.js"].map((name) => one(name, name));
  await Promise.all([...own, ...built.map((name) => one(name, `runtime/${name}`))]);
  cutOff();
  await start();
}

function cutOff() {
  // Policies add up: from here on neither the page nor a worker it starts can request anything.
  const content = "default-src 'none'; script-src blob: 'wasm-unsafe-eval'; worker-src blob:";
  document.head.append(make("meta", { httpEquiv: "Content-Security-Policy", content }));
}

/** What this browser does not have: what the page needs at first, and what Python may then need. */
function lacking(when) {
  let modules = false;
  const asked = { get type() { modules = true; return "module"; } };
  const url = URL.createObjectURL(new Blob([""], { type: "text/javascript" }));
  try {
    new Worker(url, asked).terminate();
  } catch { /* said below */ }
  return [
    ["workers that are modules", modules],
    ["WebAssembly", typeof WebAssembly === "object"],
    ["exceptions in WebAssembly", when === "at first" || WebAssembly.Tag !== undefined],
  ].filter(([, there]) => !there).map(([name]) => name);
}

function failed(error) {
  failed.once = true;
  $("load").classList.add("failed");
  $("load").setAttribute("role", "alert");
  const lacks = error.lacks ?? (started.once ? [] : lacking("by Python"));
  const build = ["In a checkout, ", make("code", {}, BUILD), " builds it."];
  const text =
    location.protocol === "file:"
      ? ["A browser does not load Python from a file. Serve the page: ",
         make("code", {}, "python -m http.server -d docs/_build/html"), "."]
      : error.file
        ? [`The Python that this page runs is missing or incomplete: ${error.message}. `, ...build]
        : lacks.length
          ? [`This browser does not have ${lacks.join(" or ")}. The page needs one of 2023 or newer.`]
          : [`Python did not start: ${error.message}. The files may be of different builds. `, ...build];
  $("load-text").replaceChildren(...text);
  $("verdict").replaceChildren(make("p", {}, "There is no result without Python."));
}

// -- the worker ------------------------------------------------------------------------------------

let worker;
let ready = false;
let running = null; // the request that the worker has
let waiting = null; // the newest that it does not have yet

function start() {
  ready = false;
  $("load-text").textContent = "Starting Python …";
  $("load-bar").removeAttribute("value");
  $("load").hidden = false;
  const url = URL.createObjectURL(new Blob([files["worker.js"]], { type: "text/javascript" }));
  worker?.terminate();
  worker = new Worker(url, { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onerror = (event) => reject(new Error(event.message || "no worker"));
    worker.onmessage = ({ data }) => {
      if (data.broken && !ready) reject(new Error(data.broken));
      else if (data.ready) resolve(started(JSON.parse(data.ready)));
      else answered(data);
    };
    worker.postMessage({ files });
  });
}

function started(description) {
  ready = started.once = true;
  $("load").hidden = true;
  if (!known) {
    known = description;
    $("version").textContent = `mistral_sanitize ${known.version}`;
    fillOptions();
    readLink();
    showOptions();
    ask();
  }
  next(); // and not what the worker before this one was lost over
}

function ask() {
  if (!known) return;
  const payload = $("payload").value;
  if (!payload.trim()) {
    waiting = null;
    if (running) running.stale = true;
    blame(null);
    verdict("", "The result will be here.", $("answer").value.trim()
      ? "The response is in its box. Paste the request that it refused as the payload."
      : "Paste a payload, or choose an example.");
    $("shown").hidden = true;
    $("result").removeAttribute("aria-busy");
    return;
  }
  waiting = { payload, answer: $("answer").value, status: Number($("status").value), options: options() };
  next();
}

function next() {
  if (!ready || running || !waiting) return;
  [running, waiting] = [{ id: (next.id = (next.id ?? 0) + 1), request: waiting }, null];
  $("result").setAttribute("aria-busy", "true");
  worker.postMessage({ id: running.id, request: JSON.stringify(running.request) });
}

function answered({ id, result, broken }) {
  if (id !== running?.id) return;
  const { request, stale } = running;
  running = null;
  if (!waiting) $("result").removeAttribute("aria-busy");
  if (broken) {
    verdict("bad", "This payload is nested too deep, or too large, for Python in a browser", broken);
    $("shown").hidden = true;
    start().catch(failed);
  } else if (!waiting && !stale) {
    show(JSON.parse(result), request);
  }
  next();
}

let timer;
function later() {
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE);
}

// -- the result ------------------------------------------------------------------------------------

let last;

function verdict(kind, head, ...rest) {
  $("verdict").className = `verdict ${kind}`;
  $("verdict").replaceChildren(make("strong", {}, ...[head].flat()), ...rest.map((text) => make("p", {}, text)));
}

function blame(error) {
  for (const at of ["payload", "answer", "options"]) {
    const here = error?.at === at;
    $(`${at}-error`).hidden = !here;
    if (!here) $(`${at}-error`).replaceChildren();
    if (at !== "options") $(at).toggleAttribute("aria-invalid", false);
  }
  if (!error) return;
  const box = $(`${error.at}-error`);
  const where = error.line ? `Line ${error.line}, column ${error.column}: ` : "";
  box.replaceChildren(`${where}${error.message.replace(/\.$/, "")}.`);
  if (error.at !== "payload") $(`${error.at}-box`).open = true;
  if (error.at !== "options") $(error.at).setAttribute("aria-invalid", "true");
  const act = (text, onclick) => box.append(" ", make("button", { type: "button", className: "small", onclick }, text));
  if (error.action) act(error.action, () => repack(error.fix));
  if (error.line) {
    act("Go there", () => {
      $("payload").focus();
      $("payload").setSelectionRange(error.offset, error.offset + 1);
    });
  }
}

/** Put texts into the boxes they belong in. */
function repack(fix) {
  for (const id of ["payload", "answer", "status", "endpoint"]) if (id in fix) $(id).value = fix[id];
  if (fix.answer) $("answer-box").open = true;
  blame(null);
  typed();
  ask();
  $("payload").focus();
  $("payload").setSelectionRange(0, 0);
}

function show(result, request) {
  blame(result.error);
  if (result.error) {
    const { at, head } = result.error;
    const [what, where] = at === "options"
      ? ["The options contradict each other", "below them"]
      : [head ?? "The payload is not a JSON object", "below its box"];
    verdict("bad", what, `The message ${where} says what is wrong.`);
    $("shown").hidden = true;
    return;
  }
  last = { ...result, options: request.options };
  const within = $("changes").contains(document.activeElement);
  $("shown").hidden = false;
  showVerdict(result);
  showLeft(result);
  showCode();
  showChanges(result);
  if (within) $("changes-title").focus();
}

function showVerdict({ changes, lossy, left, answer }) {
  const lost = lossy === changes ? (lossy > 1 ? "all lossy" : "lossy") : `${lossy.toLocaleString("en")} of them lossy`;
  const head = changes
    ? [`${amount(changes, "change")}, `, lossy ? make("span", { className: "lost" }, lost) : "nothing lost"]
    : ["Nothing to change"];
  const tail = left
    ? `${amount(left, "problem remains", "problems remain")}: Mistral would still refuse it.`
    : "Nothing remains that Mistral is known to refuse.";
  const said = {
    cured: ["What the response asks for is done, by the rules whose names begin with refused-."],
    "not cured": ["The response leads to no change: either only you can fix it, or it was not understood."],
  };
  verdict(left ? "care" : "good", head, tail, ...(said[answer] ?? []));
}

function problemList(problems, total) {
  const items = problems.map(({ path, status, code, message }) =>
    make("li", {},
      make("code", {}, path),
      make("p", {}, message),
      make("p", { className: "hint" }, `${status}, ${code}`)));
  if (total > problems.length) items.push(make("li", {}, `and ${(total - problems.length).toLocaleString("en")} more`));
  return make("ul", { className: "problems" }, ...items);
}

function showLeft({ left, before, problems, problems_before: was }) {
  const title = make("h3", { id: "left-title" }, left ? "What remains" : "What check says");
  const parts = left
    ? [make("p", { className: "hint" }, make("code", {}, "check"), " names what Mistral would still refuse, in the words of its responses."),
       problemList(problems, left)]
    : [make("p", {}, make("code", {}, "check"), " finds nothing in the clean payload that Mistral would refuse.")];
  if (before) {
    const places = amount(before, "place");
    parts.push(make("details", { className: "was" },
      make("summary", {}, `Mistral would have refused the original payload in ${places}`),
      problemList(was, before)));
  }
  $("left").replaceChildren(title, ...parts);
}

/** A line of JSON that, where it is wrapped, stays right of where it begins. */
function hanging(text) {
  const line = make("div", { className: "json" }, text);
  const indent = Math.min(text.search(/\S|$/), 24) + 2;
  line.style.paddingLeft = `${indent}ch`;
  line.style.textIndent = `-${indent}ch`;
  return line;
}

function showCode() {
  const view = document.querySelector("[name=view]:checked").value;
  const cut = $("cut");
  cut.hidden = true;
  $("take").hidden = view === "diff";
  $("again").hidden = view !== "clean" || !last.changes;
  if (view !== "diff") {
    const text = view === "clean" ? last.clean : last.patch;
    $("code").replaceChildren(...text.slice(0, SHOWN).split("\n").map(hanging));
    if (text.length > SHOWN) {
      cut.hidden = false;
      cut.textContent = `The first ${SHOWN.toLocaleString("en")} of ${text.length.toLocaleString("en")} characters. Copy and Download have all of it.`;
    }
  } else if (last.diff === null) {
    $("code").textContent = "Too many lines for a diff; the JSON Patch has every change.";
  } else if (!last.diff.length) {
    $("code").textContent = "No differences.";
  } else {
    const kinds = { "+": "plus", "−": "minus", "…": "gap" };
    $("code").replaceChildren(...last.diff.map(([sign, text]) =>
      make("div", { className: `line ${kinds[sign] ?? ""}` }, make("span", {}, sign), hanging(text))));
  }
  $("code").scrollTop = 0;
}

function linked(text) {
  return text.split(/(https:\/\/[^\s,;)]+[^\s,;:.)])/).map((part, i) =>
    i % 2 ? make("a", { href: part, rel: "noreferrer", target: "_blank" }, part.replace("https://", "")) : part);
}

function showChanges({ groups }) {
  const parts = [];
  for (const [lossy, name, title, gloss] of [
    [true, "lost", "Lossy", "What you wrote there is no longer in the result."],
    [false, "kept", "Repaired", "Nothing lost."],
  ]) {
    const those = groups.filter((group) => group.lossy === lossy);
    if (those.length) {
      parts.push(make("h4", { className: name }, title), make("p", {}, gloss), ...those.map(ruleCard));
    }
  }
  $("changes").replaceChildren(
    ...(parts.length ? parts : [make("p", { className: "hint" }, "None: the payload is sent byte for byte as it is.")]));
}

function ruleCard(group) {
  const head = make("div", { className: "head" },
    group.known
      ? make("a", { href: `../reference/rules.html#${group.rule}` }, group.rule)
      : make("b", {}, group.rule));
  if (group.known) {
    const off = make("button", { type: "button", className: "small" }, "Switch off");
    off.setAttribute("aria-label", `Switch off the rule ${group.rule}`);
    off.onclick = () => {
      switchRule(group.rule, false);
      changed();
      say(`${group.rule} is switched off. It is switched on again under “Profile and options”.`);
    };
    head.append(off);
  }
  const places = make("ul", { className: "places" }, ...group.changes.slice(0, PLACES).map(place));
  const card = make("article", { className: "rule" }, head,
    make("p", { className: "reason" }, `${group.reason[0].toUpperCase()}${group.reason.slice(1)}.`),
    make("p", { className: "hint" }, "Evidence: ", ...linked(group.evidence)), places);
  if (group.total > PLACES) {
    const more = make("button", { type: "button", className: "small" }, `Show all ${group.total.toLocaleString("en")}`);
    more.setAttribute("aria-label", `Show all ${group.total} changes of ${group.rule}`);
    more.onclick = () => {
      const rest = group.changes.slice(PLACES).map(place);
      rest[0].tabIndex = -1;
      places.append(...rest);
      const hidden = group.total - group.changes.length;
      if (hidden) places.append(make("li", { className: "hint" }, `and ${hidden.toLocaleString("en")} more, in the JSON Patch`));
      more.remove();
      rest[0].focus();
    };
    card.append(more);
  }
  return card;
}

/** A path that is best wrapped before a slash. */
const breakable = (path) => path.split(/(?=\/)/).flatMap((part) => [make("wbr"), part]);

function place({ op, path, from, before, after }) {
  const values = make("div", { className: "values" });
  if (before !== undefined) values.append(make("del", {}, make("span", {}, "−"), make("span", {}, before)));
  if (after !== undefined) values.append(make("ins", {}, make("span", {}, "+"), make("span", {}, after)));
  return make("li", { className: op },
    make("span", { className: "op" }, `${op} `),
    make("code", {}, ...breakable(from === undefined ? path || "/" : `${from} → ${path}`)),
    values.childNodes.length ? values : null);
}

// -- options ---------------------------------------------------------------------------------------

const switched = new Map(); // rules that are not as the profile has them
const FIELDS = ["endpoint", "profile", "drop", "keep", "enable", "disable"];

const names = (text) => [...new Set(text.split(/[\s,]+/).filter(Boolean))].sort();
const offByProfile = () => new Set(known.profiles.find((p) => p.name === $("profile").value).off);

function standard() {
  const drop = known.drop.filter((name) => !names($("keep").value).includes(name));
  return { endpoint: known.endpoints[0], profile: known.profile, drop: drop.join(), keep: "", enable: "", disable: "" };
}

function current() {
  const rules = (on) => [...switched].filter(([, is]) => is === on).map(([id]) => id).sort().join();
  return {
    endpoint: $("endpoint").value,
    profile: $("profile").value,
    drop: names($("drop").value).join(),
    keep: names($("keep").value).join(),
    enable: rules(true),
    disable: rules(false),
  };
}

/** What is not as it is by default, each with its value as text. */
function chosen() {
  const usual = standard();
  return Object.entries(current()).filter(([name, value]) => value !== usual[name] && !(name === "drop" && value === known.drop.join()));
}

/** The options of `Sanitizer`. */
function options() {
  const lists = ["drop", "keep", "enable", "disable"];
  return Object.fromEntries(chosen().map(([name, value]) => [name, lists.includes(name) ? names(value) : value]));
}

function fillOptions() {
  const option = (value, text = value) => make("option", { value }, text);
  $("endpoint").replaceChildren(...known.endpoints.map((name) => option(name)));
  $("profile").replaceChildren(...[...known.profiles].reverse().map(({ name }) =>
    option(name, name === known.profile ? `${name} (default)` : name)));
  $("rules").replaceChildren(...Object.entries(known.groups).map(([group, title]) =>
    make("fieldset", {}, make("legend", {}, title),
      ...known.rules.filter((rule) => rule.group === group).map((rule) => {
        const box = make("input", { type: "checkbox", autocomplete: "off", dataset: { rule: rule.id } });
        box.onchange = () => {
          switchRule(rule.id, box.checked);
          changed();
        };
        return make("label", {}, box, make("code", {}, rule.id), make("span", { className: "why" }, rule.reason));
      }))));
  $("drop").value = known.drop.join(", ");
  $("endpoint").value = known.endpoints[0];
  $("profile").value = known.profile;
}

function switchRule(id, on) {
  if (offByProfile().has(id) !== on) switched.delete(id);
  else switched.set(id, on);
}

function showOptions() {
  const off = offByProfile();
  let count = 0;
  for (const [id, on] of switched) if (off.has(id) !== on) switched.delete(id); // the new profile agrees
  for (const box of document.querySelectorAll("[data-rule]")) {
    const id = box.dataset.rule;
    box.checked = switched.get(id) ?? !off.has(id);
    box.closest("label").classList.toggle("moved", switched.has(id));
    count += box.checked;
  }
  const moved = switched.size ? `, ${switched.size} switched` : "";
  $("rules-state").textContent = `${count} of ${known.rules.length} on${moved}`;
  const { name, summary } = known.profiles.find((p) => p.name === $("profile").value);
  $("profile-note").textContent = `What moved with ${name}: ${summary}.`;
  const state = chosen();
  $("options-state").textContent = state.length ? state.map(([field]) => field).join(", ") : "default";
  $("reset").disabled = !state.length;
  const answer = $("answer").value.trim();
  $("answer-state").textContent = answer ? `read, with status ${$("status").value}` : "none";
}

function changed() {
  showOptions();
  writeLink();
  later();
}

// The link holds options alone, in the fragment.
let written;
function writeLink() {
  const fragment = new URLSearchParams(chosen()).toString().replaceAll("%2C", ",").replaceAll("%2F", "/");
  if (fragment === written) return; // browsers refuse to be asked at every key
  written = fragment;
  history.replaceState(null, "", location.pathname + location.search + (fragment && `#${fragment}`));
}

function readLink() {
  const given = new URLSearchParams(location.hash.slice(1));
  const unknown = [];
  const has = (name) => given.has(name);
  if (!FIELDS.some(has)) return;
  for (const [name, those] of [["endpoint", known.endpoints], ["profile", known.profiles.map((p) => p.name)]]) {
    const value = given.get(name) ?? (name === "endpoint" ? known.endpoints[0] : known.profile);
    if (those.includes(value)) $(name).value = value;
    else unknown.push(value);
  }
  $("keep").value = names(given.get("keep") ?? "").join(", ");
  $("drop").value = names(given.get("drop") ?? known.drop.join()).join(", ");
  switched.clear();
  const rules = new Set(known.rules.map((rule) => rule.id));
  for (const [field, on] of [["enable", true], ["disable", false]]) {
    for (const id of names(given.get(field) ?? "")) {
      if (rules.has(id)) switchRule(id, on);
      else unknown.push(id);
    }
  }
  $("options-box").open = true;
  if (unknown.length) say(`The link names what this version does not have: ${unknown.join(", ").slice(0, 200)}`);
}

function reset() {
  switched.clear();
  fillOptions();
  $("keep").value = "";
  changed();
}

// -- examples --------------------------------------------------------------------------------------

let source = 0; // the example that is shown, or OWN
let own = null; // what the user typed, while an example is in its place

function fillExamples() {
  $("example").replaceChildren(...examples.map(({ title }, i) => make("option", { value: i }, title)),
    make("option", { value: OWN, hidden: true }, "your own"));
  if ($("payload").value) typed();
  else choose(0);
}

function choose(value) {
  if (source === OWN) own = typedSoFar();
  source = value === OWN ? OWN : Number(value);
  if (source === OWN) {
    put(own);
  } else {
    const { payload, answer = "", status = 422, endpoint = "" } = examples[source];
    const text = (json) => json && JSON.stringify(json, null, 2);
    put({ payload: text(payload), answer: text(answer), status, endpoint });
  }
  if (known) changed();
}

const typedSoFar = () =>
  Object.fromEntries(["payload", "answer", "status", "endpoint"].map((id) => [id, $(id).value]));

function put({ payload, answer, status, endpoint }) {
  $("payload").value = payload;
  $("payload").scrollTop = 0;
  $("answer").value = answer;
  $("status").value = status;
  $("answer-box").open = Boolean(answer);
  if (known) $("endpoint").value = endpoint || known.endpoints[0];
}

function typed() {
  source = OWN;
  $("example").lastChild.hidden = false;
  $("example").value = OWN;
  if (known) changed();
}

// -- what happens when -----------------------------------------------------------------------------

for (const id of ["payload", "answer", "status"]) $(id).addEventListener("input", typed);
$("example").onchange = () => choose($("example").value);
document.querySelector(".skip").onclick = (event) => {
  event.preventDefault(); // the fragment is the options'
  $("result").focus();
};
for (const id of ["endpoint", "profile", "drop", "keep"]) $(id).addEventListener("input", () => known && changed());
for (const radio of document.querySelectorAll("[name=view]")) radio.onchange = showCode;
window.addEventListener("hashchange", () => {
  if (!known) return;
  written = undefined;
  readLink();
  showOptions();
  later();
});

$("rules-filter").oninput = () => {
  const word = $("rules-filter").value.trim().toLowerCase();
  for (const group of $("rules").children) {
    for (const label of group.querySelectorAll("label")) label.hidden = !label.textContent.toLowerCase().includes(word);
    group.hidden = !group.querySelector("label:not([hidden])");
  }
};

async function copy(text, done) {
  try {
    await navigator.clipboard.writeText(text);
    say(done);
  } catch {
    say("The browser does not let the page write to the clipboard.");
  }
}

const shownText = () => (document.querySelector("[name=view]:checked").value === "patch" ? last.patch : last.clean);

$("copy").onclick = () => copy(shownText(), "Copied.");
$("save").onclick = () => {
  const href = URL.createObjectURL(new Blob([shownText()], { type: "application/json" }));
  const download = shownText() === last.patch ? "patch.json" : "payload.json";
  make("a", { href, download }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10000);
};
$("again").onclick = () => {
  $("payload").value = last.clean;
  $("answer").value = "";
  typed();
  $("payload").focus();
  $("payload").setSelectionRange(0, 0);
};
$("share").onclick = () => {
  writeLink();
  copy(location.href, "The link is copied. It has the options, and nothing of the payload.");
};
$("reset").onclick = reset;

load().catch(failed);
