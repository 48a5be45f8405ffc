// What every part of the script uses: the page's words, elements, packed data. Text from data is only ever set as text.
let spoken = { language: "", texts: {}, patches: {} };
const say = (key, values = {}) => spoken.texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made && name !== "list") made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// Packed data, read once; in another language than the file's own, with the few texts in it that differ put in.
const unpacked = new Map();
function once(key, draw) {
  if (!unpacked.has(key)) unpacked.set(key, draw());
  return unpacked.get(key);
}
function unpack(id) {
  const { language, patches } = spoken;
  return once(`${id} ${language}`, async () => patched(await once(id, () => read(id)), patches[id]));
}
async function read(id) {
  const bytes = Uint8Array.from(atob(document.getElementById(id).textContent.trim()), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}
function patched(base, patch) {
  if (!patch) return base;
  if ("=" in patch) return patch["="];
  const made = Array.isArray(base) ? base.slice() : { ...base };
  for (const [key, inner] of Object.entries(patch["~"])) made[key] = patched(base[key], inner);
  return made;
}

function labelled(label, control) {
  return make("label", {}, label, control);
}
function choice(options, onChange) {
  const made = make("select", {}, ...options.map(([value, text]) => make("option", { value }, text)));
  made.addEventListener("change", onChange);
  return made;
}
function searchBox(hint, onInput) {
  const made = make("input", { type: "search", placeholder: hint, autocomplete: "off", spellcheck: false });
  made.addEventListener("input", onInput);
  return made;
}
// Numbers inside a sentence that runs from right to left.
const isolated = (text) => (document.documentElement.dir === "rtl" ? `\u2066${text}\u2069` : text);
const terms = (text) => text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
