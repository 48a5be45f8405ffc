// Draw a part when it comes near the window, once; and all of them before a jump, so that the jump lands.
const pending = new Map();
function whenNear(host, draw) {
  const start = () => {
    if (!pending.delete(host)) return Promise.resolve();
    watch?.disconnect();
    return draw().catch(() => { host.textContent = say("too_old"); });
  };
  pending.set(host, start);
  const watch = "IntersectionObserver" in window && new IntersectionObserver((entries) => {
    if (entries.some((one) => one.isIntersecting)) start();
  }, { rootMargin: "600px" });
  if (watch) watch.observe(host);
  else start();
}
async function jump() {
  const target = document.getElementById(location.hash.slice(1));
  const here = [...pending].filter(([host]) => host.isConnected);
  if (!target || here.length === 0) return;
  await Promise.all(here.map(([, start]) => start()));
  target.scrollIntoView({ behavior: "instant" });
}

// The section in view, in the navigation.
function watchSections(root) {
  const links = new Map([...root.querySelectorAll("nav.sections a")].map((one) => [one.hash.slice(1), one]));
  if (!("IntersectionObserver" in window)) return;
  const watch = new IntersectionObserver((entries) => {
    for (const one of entries) {
      if (!one.isIntersecting) continue;
      links.forEach((link) => link.removeAttribute("aria-current"));
      links.get(one.target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-20% 0px -70% 0px" });
  links.forEach((_, id) => {
    const section = root.querySelector(`#${id}`);
    if (section) watch.observe(section);
  });
}

// Everything that a page in one language needs, once.
function start(root) {
  for (const host of root.querySelectorAll("[data-table], [data-items]")) host.replaceChildren();
  for (const host of root.querySelectorAll("[data-table]")) {
    whenNear(host, async () => new Explorer(host, await unpack(host.dataset.table)));
  }
  for (const host of root.querySelectorAll("[data-items]")) {
    whenNear(host, async () => new Browser(host, await unpack(host.dataset.items)));
  }
  startMaps(root);
  startTiles(root);
  startSaving(root);
  watchSections(root);
  for (const button of root.querySelectorAll("button.tongue")) {
    button.hidden = false;
    button.addEventListener("click", () => speak(button.dataset.language));
  }
  for (const button of root.querySelectorAll("button.theme")) {
    button.hidden = false;
    button.addEventListener("click", turnLights);
  }
}

// The page in its other languages: rendered and escaped where the file was made, unpacked when it is asked for.
const tongues = new Map();
async function speak(language) {
  if (!tongues.has(language)) {
    const { html, ...rest } = await read(`page-${language}`);
    const root = new DOMParser().parseFromString(html, "text/html").getElementById("page");
    tongues.set(language, { language, root: document.importNode(root, true), ...rest });
  }
  const next = tongues.get(language);
  spoken.root.replaceWith(next.root);
  spoken = next;
  document.documentElement.lang = language;
  document.documentElement.dir = next.dir;
  if (!next.started) start(next.root);
  next.started = true;
  next.root.querySelector("button.tongue")?.focus();
  jump();
}

function turnLights() {
  const set = document.documentElement.dataset.theme;
  const dark = set ? set === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "light" : "dark";
}

const { lang: language, dir } = document.documentElement;
const root = document.getElementById("page");
spoken = { language, dir, root, texts: JSON.parse(document.getElementById("words").textContent), patches: {}, started: true };
tongues.set(language, spoken);
start(root);
window.addEventListener("hashchange", jump);
jump();
