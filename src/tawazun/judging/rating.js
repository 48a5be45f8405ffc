const articles = [...document.querySelectorAll("article[data-code]")];
function answersOf(article) {
  const found = {};
  for (const one of article.querySelectorAll("[data-field]")) {
    if (one.type !== "radio" || one.checked) found[one.dataset.field] = one.value;
  }
  return found;
}
function state() {
  const rows = {};
  for (const article of articles) rows[article.dataset.code] = answersOf(article);
  return { about: said(), rows };
}
const consents = (about) => about.consent === "yes" && Boolean(about.rater_country);
function update() {
  const now = state();
  keep(now);
  const done = Object.values(now.rows).filter((row) => held.filled.some((name) => name !== "comment" && row[name]));
  allow(consents(now.about), done.length);
}
function restore(before) {
  restoreAbout(before.about);
  for (const article of articles) {
    const own = (before.rows || {})[article.dataset.code] || {};
    for (const one of article.querySelectorAll("[data-field]")) {
      const value = own[one.dataset.field];
      if (one.type === "radio") one.checked = one.value === value; else one.value = value || "";
    }
  }
}
restore(kept());
document.addEventListener("click", (event) => {
  if (!event.target.matches("button[data-clear]")) return;
  for (const one of event.target.closest("fieldset").querySelectorAll("input")) one.checked = false;
  update();
});
document.addEventListener("input", update);
document.addEventListener("change", update);
update();
offer(
  () => { const now = state(); return held.rows.map((row) => ({ ...row, ...now.rows[row.code], ...now.about })); },
  () => consents(said()),
);
