// Saving what is on the page: tables as CSV, JSON, Markdown and LaTeX, pictures as SVG and PNG, from this file alone.
// Nothing is saved that is not on the page, so what a source does not let the page show is in no download either.

// What a spreadsheet may take for a formula is marked as text.
const guarded = (text) => (/^\s*[=+\-@\t\r＝＋－＠]/.test(text) && !/^[-−+]?[\d.]+(e[-+]?\d+)?$/i.test(text) ? `'${text}` : text);
const LATEX = { "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "−": "$-$", "≥": "$\\geq$", "≤": "$\\leq$" };
const latex = (text) => text.replace(/[\\~^−≥≤]|[&%$#_{}]/g, (sign) => LATEX[sign] ?? `\\${sign}`);
const FORMATS = {
  csv: ["text/csv", ({ heads, rows }) => [heads, ...rows].map((row) =>
    row.map((text) => `"${guarded(text).replaceAll('"', '""')}"`).join(",")).join("\r\n")],
  json: ["application/json", ({ heads, rows }) => JSON.stringify(rows.map((row) =>
    Object.fromEntries(row.map((text, i) => [heads[i] || String(i + 1), text]))), null, 1)],
  md: ["text/markdown", ({ heads, rows }) => {
    const line = (row) => `| ${row.map((text) => text.replaceAll("|", "\\|").replace(/\s*\n\s*/g, " ")).join(" | ")} |`;
    return [line(heads), `|${heads.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
  }],
  tex: ["application/x-tex", ({ heads, rows, numeric }) => {
    const line = (row) => `${row.map((text) => latex(text.replace(/\s*\n\s*/g, " "))).join(" & ")} \\\\`;
    const columns = heads.map((_, i) => (numeric.has(i) ? "r" : "l")).join("");
    return [`\\begin{tabular}{${columns}}`, "\\hline", line(heads), "\\hline", ...rows.map(line), "\\hline", "\\end{tabular}"].join("\n");
  }],
};

function save(name, type, content) {
  const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type: `${type};charset=utf-8` }));
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

// A row of small buttons; each kind is [what stands on it, what it does].
function saver(kinds) {
  const box = make("div", { className: "save", role: "group" }, ...kinds.map(([text, run]) => {
    const button = make("button", { type: "button" }, text);
    button.setAttribute("aria-label", say("save_as", { kind: text }));
    button.addEventListener("click", run);
    return button;
  }));
  box.setAttribute("aria-label", say("save"));
  box.prepend(make("span", { ariaHidden: "true" }, say("save")));
  return box;
}
// Buttons for a table that is read when one of them is pressed.
function tableSaver(name, table) {
  return saver([["csv", "CSV"], ["json", "JSON"], ["md", "Markdown"], ["tex", "LaTeX"]].map(([kind, text]) =>
    [text, () => save(`${name()}.${kind}`, FORMATS[kind][0], FORMATS[kind][1](table()))]));
}

function readTable(table) {
  const heads = [...table.tHead.rows[0].cells];
  const kept = heads.map((_, i) => i).filter((i) => !heads[i].classList.contains("wide"));
  const text = (cell) => (cell?.innerText ?? "").trim();
  const rows = [...table.tBodies].flatMap((body) => [...body.rows]);
  let group = "";
  const found = [];
  for (const row of rows) {
    if (row.cells.length < heads.length) group = text(row.cells[0]);
    else found.push(kept.map((i) => text(row.cells[i])).concat(group));
  }
  const grouped = found.some((row) => row.at(-1) !== "");
  const numeric = new Set(kept.map((i, at) => (heads[i].classList.contains("num") ? at : -1)));
  return {
    heads: kept.map((i) => text(heads[i])).concat(grouped ? say("group") : []),
    rows: grouped ? found : found.map((row) => row.slice(0, -1)), numeric,
  };
}

const DRAWN = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap",
  "stroke-linejoin", "opacity", "font-family", "font-size", "font-weight", "text-anchor", "paint-order", "display"];
// A picture that stands alone: every style that the page gives it is written into it.
function alone(svg) {
  const copy = svg.cloneNode(true);
  const own = [svg, ...svg.querySelectorAll("*")], made = [copy, ...copy.querySelectorAll("*")];
  own.forEach((one, i) => {
    const style = getComputedStyle(one);
    for (const name of DRAWN) made[i].setAttribute(name, style.getPropertyValue(name));
    made[i].removeAttribute("class");
  });
  const { width, height } = svg.viewBox.baseVal;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of Object.entries({ width, height, fill: getComputedStyle(document.body).backgroundColor })) ground.setAttribute(name, value);
  copy.querySelector("desc")?.after(ground);
  return { text: new XMLSerializer().serializeToString(copy), width, height };
}
async function raster({ text, width, height }) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const wide = Math.max(2, Math.ceil(2400 / width));
  const canvas = make("canvas", { width: width * wide, height: height * wide });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => { canvas.toBlob(done, "image/png"); });
}

function startSaving(root) {
  const run = root.querySelector("h1").textContent.trim().replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 60);
  const name = (host, at) => () => [run, host.closest("section").id, at + 1].join("-");
  root.querySelectorAll(".scroll > table").forEach((table, at) => {
    table.parentElement.after(tableSaver(name(table, at), () => readTable(table)));
  });
  root.querySelectorAll("figure").forEach((figure, at) => {
    const pictures = () => [...figure.querySelectorAll("svg[viewBox][role='img']")].filter((one) => one.checkVisibility());
    if (!figure.querySelector("svg[viewBox][role='img']")) return;
    const each = (kind, draw) => () => pictures().forEach(async (svg, i) => {
      save(`${name(figure, at)()}${i ? `-${i + 1}` : ""}.${kind}`, "image/svg+xml", await draw(alone(svg)));
    });
    const box = saver([["SVG", each("svg", ({ text }) => text)], ["PNG", each("png", raster)]]);
    const behind = figure.querySelector(":scope > details");
    if (behind) behind.before(box);
    else figure.append(box);
  });
  for (const text of root.querySelectorAll("pre.bibtex")) {
    text.before(saver([["BibTeX", () => save(`${run}.bib`, "application/x-bibtex", text.textContent)]]));
  }
}
