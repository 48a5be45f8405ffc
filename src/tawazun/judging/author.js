let items = (kept().items || []);
const consents = (about) => about.consent === "yes" && Boolean(about.author_country) && Boolean(about.author);
const field = (name) => document.getElementById(name);
function draw() {
  const list = document.getElementById("items");
  list.replaceChildren(...items.map((item, at) => {
    const line = document.createElement("li");
    const text = document.createElement("span");
    text.dir = "auto";
    text.textContent = item.question + " — " + item.answer + " ";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = held.words.remove;
    button.addEventListener("click", () => { items.splice(at, 1); update(); draw(); });
    line.append(text, button);
    return line;
  }));
}
function update() {
  const about = said();
  keep({ about, items });
  allow(consents(about) && items.length > 0, items.length);
}
document.getElementById("add").addEventListener("click", () => {
  const item = Object.fromEntries(held.fields.map((name) => [name, field(name).value.trim()]));
  const options = ["A", "B", "C", "D"].filter((name) => item[name]).length;
  const whole = held.needed.every((name) => item[name]) && options !== 1;
  document.getElementById("fault").textContent = whole ? "" : held.words.incomplete;
  if (!whole) return;
  items.push(item);
  for (const name of ["question", "A", "B", "C", "D", "answer"]) field(name).value = "";
  update();
  draw();
});
restoreAbout(kept().about);
document.addEventListener("input", update);
document.addEventListener("change", update);
draw();
update();
offer(
  () => items.map((item) => ({ ...item, language: held.language, ...said() })),
  () => consents(said()) && items.length > 0,
);
