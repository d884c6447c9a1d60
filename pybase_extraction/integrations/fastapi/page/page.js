// The page of the extraction.  Everything that comes from files or users enters the document as text, never as markup.

const $ = (id) => document.getElementById(id);
const API = new URL(document.querySelector('meta[name="extraction-api"]').content.replace(/\/*$/, "/"), location.href);
const LIVE = new Set(["pending", "processing"]);
const PAGE_SIZE = 20, SHOWN = 200, PARALLEL = 2;

let token = sessionStorage.getItem("extraction-token") || "";
let page = 1, total = 0, isExact = true, formats = [], stream = null, shown = null;

/** Make an element; texts become text nodes, attributes are set by name. */
function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value !== null && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null).map((child) => (child instanceof Node ? child : String(child))));
  return made;
}

const say = (text) => { $("status").textContent = text; };
const complain = (text) => { $("problem").textContent = text; };
const authorization = () => (token ? { Authorization: `Bearer ${token}` } : {});

function explain(body, status) {
  const detail = body && body.detail;
  if (Array.isArray(detail)) return detail.map((item) => `${(item.loc || []).slice(1).join(".")}: ${item.msg}`).join("; ");
  return typeof detail === "string" ? detail : `The server answered ${status}.`;
}

class Refused extends Error {}

async function call(path, { method = "GET", headers = {}, signal } = {}) {
  let answer;
  try {
    answer = await fetch(new URL(path, API), { method, signal, headers: { ...authorization(), ...headers } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused("The server cannot be reached.");
  }
  if (answer.status === 401) { askForToken(); throw new Refused(token ? "The access token is not accepted." : "Sign in first."); }
  if (!answer.ok) throw new Refused(explain(await answer.json().catch(() => null), answer.status));
  return answer;
}

/** Run what a person asked for, and say what went wrong. */
function attempt(action) {
  return async (...given) => {
    complain("");
    try { await action(...given); } catch (error) {
      if (!(error instanceof Refused)) console.error(error);
      complain(error.message);
    }
  };
}

// -- signing in ---------------------------------------------------------------------------------------------------

function askForToken() {
  $("sign-in").hidden = false;
  $("main").hidden = $("sign-out").hidden = true;
  $("token").focus();
}

$("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  token = $("token").value.trim();
  sessionStorage.setItem("extraction-token", token);
  $("token").value = "";
  $("sign-in").hidden = true;
  $("main").hidden = false;
  start();
});

$("sign-out").addEventListener("click", () => {
  sessionStorage.removeItem("extraction-token");
  location.reload();
});

// -- uploading ----------------------------------------------------------------------------------------------------

const waiting = [];
let sending = 0;

function enqueue(files) {
  complain("");
  for (const file of files) {
    const bar = el("progress", { max: 1, value: 0, "aria-label": `Upload of ${file.name}` });
    const text = el("span", {}, "waiting");
    const item = el("li", {}, el("span", {}, file.name), bar, text);
    $("uploads").append(item);
    waiting.push({ file, bar, text, item, format: $("format").value, options: chosenOptions() });
  }
  sendNext();
}

function sendNext() {
  $("queued").textContent = waiting.length > PARALLEL ? `${waiting.length - PARALLEL} more files wait.` : "";
  while (sending < PARALLEL && waiting.length) {
    sending += 1;
    send(waiting.shift()).finally(() => { sending -= 1; sendNext(); });
  }
}

/** Send one file; XMLHttpRequest, because fetch tells nothing about the progress of an upload. */
function send({ file, bar, text, item, format, options }) {
  return new Promise((resolve) => {
    const form = new FormData();
    if (format) form.append("format", format);
    if (Object.keys(options).length) form.append("options", JSON.stringify(options));
    form.append("file", file);
    const request = new XMLHttpRequest();
    request.open("POST", new URL("upload", API));
    for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.onprogress = (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; };
    const end = (message, failed) => {
      bar.remove();
      text.textContent = message;
      if (failed) {
        item.classList.add("failed");
        item.append(el("button", { type: "button", "aria-label": `Dismiss ${file.name}`, click: () => item.remove() }, "Dismiss"));
      } else item.remove();  // it is in the list of jobs
      say(`${file.name}: ${message}`);
      resolve();
    };
    request.onload = () => {
      if (request.status === 202) { end("uploaded", false); take(request.response); return; }
      if (request.status === 401) askForToken();
      end(explain(request.response, request.status), true);
    };
    request.onerror = () => end("The upload was interrupted.", true);
    text.textContent = "uploading";
    request.send(form);
  });
}

$("files").addEventListener("change", () => { enqueue([...$("files").files]); $("files").value = ""; });
for (const kind of ["dragenter", "dragover"]) {
  $("drop").addEventListener(kind, (event) => { event.preventDefault(); $("drop").classList.add("over"); });
}
$("drop").addEventListener("dragleave", () => $("drop").classList.remove("over"));
$("drop").addEventListener("drop", (event) => {
  event.preventDefault();
  $("drop").classList.remove("over");
  enqueue([...event.dataTransfer.files]);
});
// a file that misses the field must not replace the page
for (const kind of ["dragover", "drop"]) window.addEventListener(kind, (event) => event.preventDefault());

/** Draw the options of a format as fields, from their JSON Schema; those of another shape are left to the API. */
function drawOptions() {
  const found = formats.find((item) => item.name === $("format").value);
  const fields = Object.entries((found && found.options.properties) || {}).map(([name, schema]) => field(name, schema));
  $("options").replaceChildren(...fields.filter((item) => item !== null));
  $("options-box").hidden = !$("options").children.length;
}

function field(name, schema) {
  const title = schema.title || name, label = (control) => el("label", { title: schema.description || null }, control, title);
  if (schema.type === "boolean") {
    return label(el("input", { type: "checkbox", "data-option": name, "data-default": String(schema.default), checked: schema.default === true }));
  }
  if (schema.enum) {
    const choices = schema.enum.map((value) => el("option", { selected: value === schema.default }, value));
    return label(el("select", { "data-option": name, "data-default": String(schema.default) }, ...choices));
  }
  return null;
}

/** What differs from the defaults. */
function chosenOptions() {
  const chosen = {};
  for (const control of $("options").querySelectorAll("[data-option]")) {
    const value = control.type === "checkbox" ? control.checked : control.value;
    if (String(value) !== control.dataset.default) chosen[control.dataset.option] = value;
  }
  return chosen;
}

$("format").addEventListener("change", drawOptions);

async function readFormats() {
  formats = (await (await call("formats")).json()).filter((item) => item.available);
  for (const select of [$("format"), $("by-format")]) {
    while (select.options.length > 1) select.lastElementChild.remove();
    select.append(...formats.map((item) => el("option", { value: item.name }, item.title)));
  }
}

// -- the list of jobs ---------------------------------------------------------------------------------------------

const rows = new Map();

function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  const power = Math.min(Math.floor(Math.log(bytes) / Math.log(1024)), 4);
  return `${(bytes / 1024 ** power).toFixed(1)} ${["", "KiB", "MiB", "GiB", "TiB"][power]}`;
}

function draw(job) {
  const button = (text, action, wanted = true) =>
    wanted ? el("button", { type: "button", "aria-label": `${text} ${job.filename}`, click: attempt((event) => action(job, event.currentTarget)) }, text) : null;
  const cell = job.error_message
    ? el("td", { class: "failed" }, job.status, el("br"), el("small", {}, job.error_message))
    : el("td", {}, job.retry_count && job.status === "pending" ? `pending (retry ${job.retry_count})` : job.status);
  const made = el("tr", { "data-id": job.id },
    el("td", {}, job.filename), el("td", {}, job.format), el("td", { class: "number" }, size(job.file_size)), cell,
    el("td", { class: "progress" }, el("progress", { max: 100, value: job.progress, "aria-label": `Progress of ${job.filename}` }), ` ${job.progress} %`),
    el("td", { class: "time" }, new Date(job.created_at).toLocaleString()),
    el("td", {}, el("span", { class: "actions" },
      button("Show", open_, job.status === "completed"), button("Retry", retry, job.status === "failed"),
      button("Cancel", remove, LIVE.has(job.status)), button("Delete", removeForGood, !LIVE.has(job.status)))));
  const before = rows.get(job.id);
  rows.set(job.id, { job, row: made });
  if (before) {
    const name = before.row.contains(document.activeElement) && document.activeElement.textContent;
    before.row.replaceWith(made);
    // who stood on a button of the row stays in the row
    const next = name && ([...made.querySelectorAll("button")].find((item) => item.textContent === name) || made.querySelector("button"));
    if (next) next.focus();
    if (LIVE.has(before.job.status) && !LIVE.has(job.status)) say(`${job.filename}: ${job.status}`);
  }
  return made;
}

const fits = (job) => (!$("by-status").value || $("by-status").value === job.status)
  && (!$("by-format").value || $("by-format").value === job.format);

/** Take news of a job: from the stream of events, or the answer to an upload. */
function take(job) {
  if (rows.has(job.id)) { draw(job); return; }
  const newest = $("rows").firstChild && rows.get($("rows").firstChild.dataset.id).job;
  // a stream that begins tells of older jobs, too: those are on later pages
  if (page === 1 && fits(job) && !(newest && new Date(job.created_at) < new Date(newest.created_at))) {
    $("rows").prepend(draw(job));
    total += 1;
    while (rows.size > PAGE_SIZE) { rows.delete($("rows").lastChild.dataset.id); $("rows").lastChild.remove(); }
    count();
  }
}

function count() {
  // only the first 100,000 jobs have page numbers
  const pages = Math.max(1, Math.ceil(Math.min(total, 100000) / PAGE_SIZE));
  $("counted").textContent = total === 1 ? "1 job" : `${isExact ? "" : "more than "}${total} jobs`;
  $("page-number").textContent = `Page ${page} of ${pages}`;
  $("none").hidden = rows.size > 0;
  $("none").textContent = $("by-status").value || $("by-format").value ? "No job fits the filters." : "There are no jobs yet. Drop a file above.";
  $("newer").disabled = page <= 1;
  $("older").disabled = page >= pages;
}

async function list() {
  const query = new URLSearchParams({ page, page_size: PAGE_SIZE });
  if ($("by-status").value) query.set("status", $("by-status").value);
  if ($("by-format").value) query.set("format", $("by-format").value);
  const answer = await call(`jobs?${query}`);
  const found = await answer.json();
  isExact = answer.headers.get("X-Total-Exact") !== "false";
  rows.clear();
  total = found.total;
  $("rows").replaceChildren(...found.items.map(draw));
  count();
}

async function retry(job) { draw(await (await call(`jobs/${job.id}/retry`, { method: "POST" })).json()); say(`${job.filename}: pending`); }

async function remove(job) {
  await call(`jobs/${job.id}`, { method: "DELETE" });
  say(`${job.filename}: ${LIVE.has(job.status) ? "is being cancelled" : "deleted"}`);
  if (shown === job.id) close();
  await list();
  $("jobs").focus();
}

/** What cannot be undone is asked for twice; whoever goes elsewhere in between did not mean it. */
async function removeForGood(job, button) {
  if (button.hasAttribute("data-asked")) { await remove(job); return; }
  const ask = (asked) => {
    button.toggleAttribute("data-asked", asked);
    button.textContent = asked ? "Delete for good?" : "Delete";
    button.setAttribute("aria-label", asked ? `Delete ${job.filename} and its result for good?` : `Delete ${job.filename}`);
  };
  ask(true);
  button.focus();
  button.addEventListener("blur", () => ask(false), { once: true });
}

const turn = (step) => attempt(async () => { page += step; await list(); say($("page-number").textContent); });
$("newer").addEventListener("click", turn(-1));
$("older").addEventListener("click", turn(1));
$("filters").addEventListener("submit", (event) => event.preventDefault());
$("filters").addEventListener("change", attempt(async () => { page = 1; await list(); say($("counted").textContent); }));

// -- events -------------------------------------------------------------------------------------------------------

/** Follow the jobs for ever; fetch rather than EventSource, which cannot send a token. */
async function follow() {
  if (stream) stream.abort();
  const own = (stream = new AbortController());
  let last = null, pause = 1000;
  while (!own.signal.aborted) {
    try {
      const answer = await call("jobs/events", { signal: own.signal, headers: last ? { "Last-Event-ID": last } : {} });
      $("live").textContent = "live";
      pause = 1000;
      for await (const event of events(answer.body)) {
        if (event.id) last = event.id;
        if (event.event === "job") take(JSON.parse(event.data));
      }
    } catch (error) {
      if (own.signal.aborted || !$("sign-in").hidden) return;
    }
    $("live").textContent = "reconnecting";
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 2, 30000);
  }
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (true) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const blocks = text.split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const event = {};
      for (const line of block.split("\n")) {
        const at = line.indexOf(": ");
        if (at > 0) event[line.slice(0, at)] = line.slice(at + 2);
      }
      yield event;
    }
  }
}

// -- the result ---------------------------------------------------------------------------------------------------

const places = [];
let pages = new Map(), pictureOf = null;

async function open_(job) {
  say(`Reading the result of ${job.filename}`);
  const result = await (await call(`jobs/${job.id}/result`)).json();
  close();
  shown = job.id;
  pages = new Map((result.pages || []).map((item) => [item.number, item]));
  $("result-title").textContent = `Result of ${job.filename}`;
  const by = result.extractor || {};
  $("result-facts").textContent = `${result.format}, read by ${by.name} ${by.version}`;
  $("sections").replaceChildren(...sections(result).filter((item) => item !== null));
  $("sheet-number").replaceChildren(...[...pages.keys()].map((number) => el("option", { value: number }, number)));
  $("sheet").hidden = !(["pdf", "image"].includes(result.format) && pages.size);
  $("result").hidden = false;
  $("result").focus();
  say(`The result of ${job.filename} is shown.`);
  if (!$("sheet").hidden) await turnTo([...pages.keys()][0]);
}

function close() {
  shown = null;
  places.length = 0;
  pictureOf = null;
  $("result").hidden = true;
  $("sections").replaceChildren();
  $("places").replaceChildren();
  if ($("image").src) { URL.revokeObjectURL($("image").src); $("image").removeAttribute("src"); }
}

$("close").addEventListener("click", () => { close(); $("jobs").focus(); });
$("sheet-number").addEventListener("change", attempt(() => turnTo(Number($("sheet-number").value))));

/** Show the picture of a page, with the places of what was found on it. */
async function turnTo(number) {
  if (pictureOf === number) return;
  pictureOf = number;
  $("sheet-number").value = number;
  const found = pages.get(number);
  $("places").setAttribute("viewBox", `0 0 ${found.width || 1} ${found.height || 1}`);
  $("places").replaceChildren(...places.filter((place) => place.page === number).map((place) => place.rect));
  try {
    const job = shown;
    const data = await (await call(`jobs/${job}/pages/${number}.png?width=1600`)).blob();
    if (pictureOf !== number || shown !== job) return;
    if ($("image").src) URL.revokeObjectURL($("image").src);
    $("image").src = URL.createObjectURL(data);
    $("image").alt = `Page ${number} of the file`;
    $("picture").hidden = false;
    $("no-picture").hidden = true;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    $("picture").hidden = true;
    $("no-picture").hidden = false;
  }
}

/** Tie an element to its place: hovering or focusing one shows the other. */
function placed(element, value, quiet = false) {
  const place = value && value.provenance && value.provenance.place;
  if (!place || !place.page || !place.bbox || !pages.has(place.page)) return element;
  const [x0, top, x1, bottom] = place.bbox;
  const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [key, number] of Object.entries({ x: x0, y: top, width: Math.max(x1 - x0, 0.5), height: Math.max(bottom - top, 0.5) })) {
    rect.setAttribute(key, number);
  }
  rect.classList.toggle("quiet", quiet);  // texts lie under everything else that was found
  places.push({ page: place.page, rect });
  const mark = (on) => { element.classList.toggle("shown", on); rect.classList.toggle("shown", on); };
  const show = () => { if (!$("sheet").hidden) attempt(() => turnTo(place.page))(); mark(true); };
  for (const [kind, action] of [["mouseenter", show], ["mouseleave", () => mark(false)], ["focus", show], ["blur", () => mark(false)]]) {
    element.addEventListener(kind, action);
  }
  rect.addEventListener("mouseenter", () => mark(true));
  rect.addEventListener("mouseleave", () => mark(false));
  rect.addEventListener("click", () => element.scrollIntoView({ block: "center" }));
  element.tabIndex = 0;
  return element;
}

const plain = (value) => {
  if (value === null || value === undefined) return "";
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return value.map(plain).filter(Boolean).join(", ");
  if ("value" in value) return [plain(value.value), value.unit || ""].filter(Boolean).join(" ");
  return Object.entries(value).filter(([key]) => key !== "provenance").map(([key, item]) => [key, plain(item)])
    .filter(([, text]) => text).map(([key, text]) => `${key}: ${text}`).join(", ");
};

/** A table that shows its first lines, and more when asked; a title that repeats the section's is for readers of screens. */
function grid(title, headers, lines, drawLine, repeats = false) {
  const body = el("tbody"), more = el("button", { type: "button" }, "Show more");
  let done = 0;
  const grow = () => {
    body.append(...lines.slice(done, done + SHOWN).map(drawLine));
    done = Math.min(done + SHOWN, lines.length);
    more.hidden = done >= lines.length;
    more.textContent = `Show more (${done} of ${lines.length})`;
  };
  more.addEventListener("click", grow);
  grow();
  const columns = body.rows.length ? [...body.rows[0].cells].map((cell) => cell.className) : [];
  const names = headers.map((text, at) => el("th", { scope: "col", class: columns[at] === "number" && "number" }, text));
  const head = headers.length ? el("thead", {}, el("tr", {}, ...names)) : null;
  return [el("div", { class: "scroll" }, el("table", {}, el("caption", { class: repeats && "repeated" }, title), head, body)), more];
}

const TITLES = { boms: "Parts lists" };
const words = (name) => TITLES[name] || name.replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase());
const section = (title, open, ...children) => el("details", { open }, el("summary", {}, title), ...children);
const number = (value) => (value === null || value === undefined ? "" : String(value));
const signed = (value) => (value === null || value === undefined ? "" : value > 0 ? `+${value}` : String(value));

function titleBlock(block) {
  const lines = [];
  const line = (label, value) => {
    if (value && typeof value === "object" && value.value !== null && value.value !== undefined) {
      lines.push(placed(el("div", { class: "field" }, el("dt", {}, label), el("dd", {}, plain(value.value))), value));
    }
  };
  for (const [name, value] of Object.entries(block)) {
    if (name === "signatures") for (const [role, by] of Object.entries(value)) lines.push(placed(el("div", { class: "field" }, el("dt", {}, words(role)), el("dd", {}, [by.name, by.date].map(plain).filter(Boolean).join(", "))), by));
    else if (name === "custom_fields") for (const [label, given] of Object.entries(value)) line(label, given);
    else line(words(name), value);
  }
  return el("dl", {}, ...lines);
}

/** A callout as a drawing shows it: DXF writes <> for the measured value, and signs as %%c, %%d and %%p. */
const SIGNS = { c: "Ø", d: "°", p: "±" };
const written = (item) => (item.raw || "").replace("<>", number(item.nominal)).replace(/%%([cdp])/gi, (_, sign) => SIGNS[sign.toLowerCase()]);

function dimensions(items) {
  return grid("Dimensions", ["As written", "Kind", "Nominal", "Upper", "Lower", "Unit", "Fit", "Quantity"], items, (item) =>
    placed(el("tr", {}, el("td", {}, written(item)), el("td", {}, item.kind), el("td", { class: "number" }, number(item.nominal)),
      el("td", { class: "number" }, signed(item.upper)), el("td", { class: "number" }, signed(item.lower)), el("td", {}, item.unit || ""),
      el("td", {}, item.fit ? [item.fit.hole, item.fit.shaft].filter(Boolean).join("/") : ""), el("td", { class: "number" }, number(item.quantity))), item), true);
}

const BOM = ["item", "part_number", "description", "quantity", "unit", "material", "mass", "level", "remarks"];
const HIDDEN = new Set(["provenance", "confirmed_by", "rivals", "raw", "cells", "column_types", "id"]);

function bom(list_, _, all) {
  // a flat list has one level
  const used = BOM.filter((name) => list_.items.some((item) => (name === "level" ? item.level : plain(item[name]))));
  const shown = (item, name) => [plain(item[name]), name === "mass" && plain(item.mass) ? item.mass_unit : null].filter(Boolean).join(" ");
  return grid("Parts list", used.map(words), list_.items, (item) =>
    placed(el("tr", {}, ...used.map((name) => el("td", { class: ["quantity", "mass"].includes(name) && "number" }, shown(item, name)))), item), all.length === 1);
}

function table(item, index) {
  const title = item.caption || `Table ${index + 1}${item.provenance && item.provenance.place && item.provenance.place.page ? `, page ${item.provenance.place.page}` : ""}`;
  const heads = item.header_rows || 0;
  const headers = heads === 1 ? item.rows[0].map((text) => text || "") : [];
  const made = grid(title, headers, item.rows.slice(headers.length ? 1 : 0), (cells) => el("tr", {}, ...cells.map((text) => el("td", {}, text || ""))));
  return placed(el("div", {}, ...made), item);
}

function anything(title, items, quiet = false) {
  const used = [...new Set(items.flatMap((item) => Object.keys(item)))]
    .filter((name) => !HIDDEN.has(name) && items.some((item) => plain(item[name])));
  return grid(title, used.map(words), items, (item) => placed(el("tr", {}, ...used.map((name) => el("td", {}, plain(item[name]).slice(0, 2000)))), item, quiet), true);
}

const KNOWN = new Set(["title_blocks", "boms", "dimensions", "tables", "issues", "pages", "text_blocks", "pictures"]);

/** One part for each section of a result that holds something; the important ones open. */
function sections(result) {
  const some = (name) => (Array.isArray(result[name]) && result[name].length ? result[name] : null);
  const made = [];
  const add = (name, open, drawing) => { if (some(name)) made.push(section(`${words(name)} (${result[name].length})`, open, ...drawing(result[name]))); };
  const drawn = (result.pictures || []).filter((picture) => picture.data && /^image\/(png|jpeg|svg\+xml)$/.test(picture.media_type));
  if (drawn.length) {
    made.push(section(`Pictures (${drawn.length})`, true, ...drawn.map((picture) => el("figure", {},
      el("img", { class: "drawn", src: `data:${picture.media_type};base64,${picture.data}`, alt: `Picture of ${picture.name}` }),
      el("figcaption", {}, picture.name)))));
  }
  add("issues", true, (items) => [el("ul", {}, ...items.map((item) => el("li", { class: item.severity }, `${item.severity}: ${item.message}`)))]);
  add("title_blocks", true, (items) => items.map(titleBlock));
  add("boms", true, (items) => items.flatMap(bom));
  add("dimensions", true, dimensions);
  add("tables", true, (items) => items.slice(0, SHOWN).map(table));
  for (const [name, value] of Object.entries(result)) {
    if (!KNOWN.has(name) && Array.isArray(value) && value.length && typeof value[0] === "object") {
      add(name, false, (items) => anything(words(name), items));
    }
  }
  add("text_blocks", false, (items) => anything("Text blocks", items, true));
  const facts = Object.entries(result.metadata || {});
  if (facts.length) made.push(section("Metadata", false, el("dl", {}, ...facts.map(([name, value]) => el("div", { class: "field" }, el("dt", {}, name), el("dd", {}, plain(value)))))));
  return made;
}

// -- the beginning ------------------------------------------------------------------------------------------------

const start = attempt(async () => {
  $("sign-out").hidden = !token;
  await readFormats();
  drawOptions();
  await list();
  follow();
});
start();
