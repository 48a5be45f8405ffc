"use strict";
const held = JSON.parse(document.getElementById("held").textContent);
// what was filled in lies in the browser's own store; where there is none the form works all the same
function kept() {
  try { return JSON.parse(localStorage.getItem(held.store)) || {}; } catch { return {}; }
}
function keep(state) {
  try { localStorage.setItem(held.store, JSON.stringify(state)); } catch { /* a browser that keeps nothing */ }
}
function said() {
  const about = {};
  for (const one of document.querySelectorAll("[data-about]")) {
    about[one.dataset.about] = one.type === "checkbox" ? (one.checked ? "yes" : "") : one.value.trim();
  }
  return about;
}
function restoreAbout(about) {
  for (const one of document.querySelectorAll("[data-about]")) {
    const value = (about || {})[one.dataset.about] || "";
    if (one.type === "checkbox") one.checked = value === "yes"; else one.value = value;
  }
}
// a spreadsheet must not take a text for a formula
function cell(text) {
  const plain = String(text);
  const safe = /^[\s\u0000-\u001f\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20\u2212]/.test(plain) ? "'" + plain : plain;
  return /[",\r\n]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
}
function csv(rows) {
  const lines = [held.columns, ...rows.map((row) => held.columns.map((name) => row[name] ?? ""))];
  return "\ufeff" + lines.map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
}
function download(text, name, kind) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: kind }));
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
function allow(ready, count) {
  for (const id of ["csv", "json"]) document.getElementById(id).disabled = !ready;
  document.getElementById("missing").hidden = ready;
  document.getElementById("done").textContent = String(count);
}
function offer(rows, ready) {
  document.getElementById("csv").addEventListener("click", () => {
    if (ready()) download(csv(rows()), held.file + ".csv", "text/csv");
  });
  document.getElementById("json").addEventListener("click", () => {
    if (ready()) download(JSON.stringify(rows(), null, 1), held.file + ".json", "application/json");
  });
}
