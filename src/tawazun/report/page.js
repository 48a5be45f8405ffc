"use strict";
// The page's only script: unpacks the data inside the page, draws tables and items as far as they are looked at.
// Text from data is only ever set as text; nothing is parsed as markup and nothing is loaded.
(() => {
  const texts = JSON.parse(document.getElementById("words").textContent);
  const say = (key, values = {}) => texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

  function make(tag, properties = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name in made && name !== "list") made[name] = value;
      else made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  }

  const unpacked = new Map();
  function unpack(id) {
    if (!unpacked.has(id)) unpacked.set(id, read(id));
    return unpacked.get(id);
  }
  async function read(id) {
    const bytes = Uint8Array.from(atob(document.getElementById(id).textContent.trim()), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
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
  const terms = (text) => text.toLocaleLowerCase().split(/\s+/).filter(Boolean);

  // A table of columns with numbered texts: search, filters, sorting, pages.
  class Explorer {
    static PAGE = 20;

    constructor(host, data) {
      this.data = data;
      this.numeric = new Set(host.dataset.numeric.split(" ").map(Number));
      this.small = data.texts.map((text) => text.toLocaleLowerCase());
      this.count = data.columns[0].length;
      this.sorted = null;
      this.direction = 1;
      this.page = 0;
      this.search = searchBox(say("search_hint"), () => this.find());
      this.filters = host.dataset.filters.split(" ").map(Number).map((column) => this.filter(column)).filter(Boolean);
      this.status = make("p", { className: "status", role: "status" });
      this.head = make("tr");
      this.body = make("tbody");
      this.heads();
      this.previous = make("button", { type: "button" }, say("previous"));
      this.next = make("button", { type: "button" }, say("next"));
      this.previous.addEventListener("click", () => this.turn(-1));
      this.next.addEventListener("click", () => this.turn(1));
      const box = make("div", { className: "scroll", tabIndex: 0, role: "region" },
        make("table", {}, make("thead", {}, this.head), this.body));
      box.setAttribute("aria-label", host.closest("section").querySelector("h2").textContent);
      const controls = make("div", { className: "controls" }, labelled(say("search"), this.search),
        ...this.filters.map((one) => labelled(data.titles[one.column], one.control)));
      host.replaceChildren(controls, this.status, box, make("div", { className: "pager" }, this.previous, this.next));
      this.find();
    }

    filter(column) {
      const values = [...new Set(this.data.columns[column])].filter((id) => this.data.texts[id] !== "");
      if (values.length < 2) return null;
      const options = values.map((id) => [String(id), this.data.texts[id]]).sort((a, b) => a[1].localeCompare(b[1]));
      return { column, control: choice([["", say("all")], ...options], () => this.find()) };
    }

    heads() {
      this.data.titles.forEach((title, column) => {
        const button = make("button", { type: "button", title: say("sort", { column: title }) }, title);
        button.addEventListener("click", () => this.sort(column));
        this.head.append(make("th", { scope: "col", className: this.numeric.has(column) ? "num" : "" }, button));
      });
    }

    find() {
      const { columns } = this.data;
      const hits = terms(this.search.value).map((term) => this.small.map((text) => text.includes(term)));
      const wanted = this.filters.filter((one) => one.control.value !== "");
      const found = [];
      for (let row = 0; row < this.count; row++) {
        if (wanted.every((one) => columns[one.column][row] === Number(one.control.value)) &&
            hits.every((hit) => columns.some((column) => hit[column[row]]))) found.push(row);
      }
      this.found = found;
      this.order();
    }

    sort(column) {
      this.direction = this.sorted === column ? -this.direction : 1;
      this.sorted = column;
      this.order();
    }

    order() {
      if (this.sorted !== null) {
        const numbers = this.data.numbers[String(this.sorted)];
        const keys = numbers ?? this.ranks(this.sorted);
        const sign = this.direction;
        this.found.sort((a, b) => {
          const [x, y] = [keys[a], keys[b]];
          if (x === null || y === null) return (x === null) - (y === null) || a - b;
          return (x - y) * sign || a - b;
        });
      }
      [...this.head.children].forEach((cell, column) => {
        if (column === this.sorted) cell.setAttribute("aria-sort", this.direction > 0 ? "ascending" : "descending");
        else cell.removeAttribute("aria-sort");
      });
      this.page = 0;
      this.draw();
    }

    ranks(column) {
      if (!this.places) {
        const order = this.data.texts.map((_, id) => id);
        const collator = new Intl.Collator(undefined, { numeric: true });
        order.sort((a, b) => collator.compare(this.data.texts[a], this.data.texts[b]));
        this.places = [];
        order.forEach((id, place) => { this.places[id] = place; });
      }
      return this.data.columns[column].map((id) => this.places[id]);
    }

    turn(step) {
      this.page += step;
      this.draw();
    }

    draw() {
      const from = this.page * Explorer.PAGE;
      const rows = this.found.slice(from, from + Explorer.PAGE);
      this.body.replaceChildren(...rows.map((row) => make("tr", {}, ...this.data.columns.map((column, at) => {
        const text = this.data.texts[column[row]];
        const kind = this.numeric.has(at) ? "num" : text.length > 48 ? "long" : "";
        return make("td", { className: kind }, text);
      }))));
      this.status.textContent = rows.length
        ? say("rows_found", { from: from + 1, to: from + rows.length, n: this.found.length.toLocaleString("en") })
        : say("none_found");
      this.previous.disabled = this.page === 0;
      this.next.disabled = from + rows.length >= this.found.length;
    }
  }

  // People's and a respondent's answers, item by item.
  class Browser {
    static STEP = 15;

    constructor(host, data) {
      this.data = data;
      this.search = searchBox(say("search_items"), () => this.find());
      const names = [...new Set(data.items.map((one) => one.instrument))];
      this.instrument = choice(names.map((name) => [name, host.dataset.titles ? JSON.parse(host.dataset.titles)[name] : name]), () => this.subjects());
      this.respondent = choice([], () => this.chosen());
      this.people = choice([], () => this.find());
      this.order = choice(["asked", "gap", "close", "lost"].map((key) => [key, say(`order_${key}`)]), () => this.find());
      this.status = make("p", { className: "status", role: "status" });
      this.about = make("p", { className: "note" });
      this.list = make("div", { className: "list" });
      this.more = make("button", { type: "button", className: "more" }, say("more_items"));
      this.more.addEventListener("click", () => this.grow());
      const controls = make("div", { className: "controls" }, labelled(say("search"), this.search),
        ...(names.length > 1 ? [labelled(say("instrument"), this.instrument)] : []),
        labelled(say("respondent"), this.respondent), this.peopleLabel = labelled(say("people"), this.people),
        labelled(say("order"), this.order));
      host.replaceChildren(controls, this.about, this.status, this.list, this.more);
      this.subjects();
    }

    subjects() {
      const name = this.instrument.value;
      const groups = new Map();
      this.data.subjects.forEach((one, at) => {
        if (one.instrument !== name) return;
        if (!groups.has(one.respondent)) groups.set(one.respondent, []);
        groups.get(one.respondent).push(make("option", { value: at }, `${one.respondent}: ${one.arm}`));
      });
      this.respondent.replaceChildren(...[...groups].map(([label, options]) => make("optgroup", { label }, ...options)));
      const first = this.data.subjects.findIndex((one) => one.instrument === name && one.own.length);
      if (first >= 0) this.respondent.value = String(first);
      const inside = (at) => Object.keys(this.data.human[at]).some((item) => this.data.items[item].instrument === name);
      const bySource = new Map();
      this.data.populations.forEach((one, at) => {
        if (!inside(at)) return;
        if (!bySource.has(one.source)) bySource.set(one.source, []);
        bySource.get(one.source).push(make("option", { value: at }, one.place));
      });
      this.people.replaceChildren(...[...bySource].map(([label, options]) => make("optgroup", { label }, ...options)));
      this.peopleLabel.hidden = bySource.size === 0;
      this.chosen();
    }

    chosen() {
      const subject = this.data.subjects[this.respondent.value];
      const own = subject?.own.find((at) => [...this.people.options].some((one) => one.value === String(at)));
      if (own !== undefined) this.people.value = String(own);
      this.find();
    }

    cell(table, at, item) {
      return at === "" || at === undefined ? undefined : this.data[table][at]?.[item];
    }

    score(item) {
      return this.data.scores[`${this.respondent.value}|${this.people.value}`]?.[item];
    }

    gap(item) {
      const human = this.cell("human", this.people.value, item), model = this.cell("model", this.respondent.value, item);
      if (!human || !model) return -1;
      if (human.p && model.p) return human.p.reduce((sum, share, i) => sum + Math.abs((share ?? 0) - model.p[i]), 0);
      return "value" in human && "value" in model ? Math.abs(human.value - model.value) : -1;
    }

    lost(item) {
      return (this.cell("model", this.respondent.value, item)?.lost ?? []).reduce((sum, one) => sum + (one ?? 0), 0);
    }

    find() {
      const wanted = terms(this.search.value);
      const own = this.data.items.map((_, at) => at).filter((at) => this.data.items[at].instrument === this.instrument.value);
      this.found = own.filter((at) => {
        const text = this.words(at);
        return wanted.every((term) => text.includes(term));
      });
      const number = (at) => Number((this.score(at)?.[0] ?? "9").replace("−", "-"));
      const by = { gap: (a, b) => this.gap(b) - this.gap(a), lost: (a, b) => this.lost(b) - this.lost(a), close: (a, b) => number(a) - number(b) };
      if (by[this.order.value]) this.found.sort((a, b) => by[this.order.value](a, b) || a - b);
      this.status.textContent = this.found.length ? say("items_found", { n: this.found.length, all: own.length }) : say("none_found");
      const notes = [];
      if (this.data.subjects[this.respondent.value]?.recorded && own.some((at) => this.data.items[at].texts.length)) notes.push(say("recorded"));
      if (this.peopleLabel.hidden) notes.push(say("nobody"));
      this.about.textContent = notes.join(" ");
      this.list.replaceChildren();
      this.grow();
    }

    words(at) {
      this.known ??= [];
      const one = this.data.items[at];
      this.known[at] ??= [one.id, one.title, ...one.tags, ...one.texts.flatMap((text) => [text.stem, ...text.options])].join(" ").toLocaleLowerCase();
      return this.known[at];
    }

    grow() {
      const from = this.list.children.length;
      this.list.append(...this.found.slice(from, from + Browser.STEP).map((at) => this.card(at)));
      this.more.hidden = this.list.children.length >= this.found.length;
    }

    card(at) {
      const item = this.data.items[at];
      const subject = this.data.subjects[this.respondent.value];
      const language = subject?.language ?? "";
      const own = item.texts.filter((text) => text.language === language);
      const worded = own.length ? own : item.texts;
      const head = make("header", {}, make("h3", {}, make("span", { className: "id" }, item.id), item.title), this.similarity(at));
      const made = make("article", { className: "item" }, head);
      if (worded.length) {
        made.append(this.stem(worded[0]));
        if (worded.length > 1) {
          made.append(make("details", {}, make("summary", {}, say("other_wordings", { n: worded.length - 1 })),
            ...worded.slice(1).map((text) => this.stem(text))));
        }
      }
      const human = this.cell("human", this.people.value, at), model = this.cell("model", this.respondent.value, at);
      if (human?.p || model?.p) made.append(this.shares(item, worded[0], human?.p, model?.p));
      else if (item.codes.length && (human || model)) made.append(this.line(item, human?.value, model?.value));
      made.append(...this.notes(item, human, model));
      return made;
    }

    similarity(at) {
      if (this.peopleLabel.hidden) return "";
      const score = this.score(at);
      const text = score ? say("similarity", { value: score[0], interval: score[1] || say("no_interval") }) : say("similarity_none");
      return make("span", { className: score ? "n" : "ci" }, text);
    }

    stem(text) {
      return make("p", { className: "stem", lang: text.language, dir: text.dir }, text.stem);
    }

    shares(item, worded, human, model) {
      const count = (human ?? model).length;
      const even = item.kind === "some" ? null : 1 / count;
      const parts = this.data.parts;
      const most = Math.max(even ?? 0, ...[...(human ?? []), ...(model ?? [])].map((one) => (one ?? 0) / parts));
      const direction = worded?.dir ?? "ltr";
      const percent = (one) => (one === undefined ? "" : one === null ? say("few") : `${(one / parts * 100).toFixed(1)} %`);
      const sides = [["human", "share_people", human], ["model", "share_respondent", model]].filter(([kind]) => kind === "model" || !this.peopleLabel.hidden);
      const rows = Array.from({ length: count }, (_, k) => {
        const label = worded?.options[k] ?? say("code", { code: item.codes[k] });
        const bars = [["human", human], ["model", model]].filter(([, p]) => p).map(([kind, p]) => this.bar(kind, (p[k] ?? 0) / parts / most));
        const track = make("div", { className: "track" }, ...bars);
        track.setAttribute("aria-hidden", "true");
        if (even !== null) {
          const random = make("i", { className: "random" });
          random.style.insetInlineStart = `${even / most * 100}%`;
          track.append(random);
        }
        const cells = sides.map(([, , p]) => make("td", { className: "num", dir: "ltr" }, percent(p?.[k])));
        return make("tr", {}, make("th", { scope: "row", lang: worded?.language ?? "" }, label), ...cells, make("td", {}, track));
      });
      const evenText = even === null ? "" : `${say("random")}: ${(even * 100).toFixed(1)} %`;
      const heads = sides.map(([kind, key]) => make("th", { scope: "col", dir: "auto", className: `num ${kind}` }, say(key)));
      const head = make("tr", {}, make("th", { scope: "col" }, say("option")), ...heads,
        make("th", { scope: "col" }, make("bdi", {}, evenText)));
      return make("table", { dir: direction }, make("thead", { lang: document.documentElement.lang }, head), make("tbody", {}, ...rows));
    }

    // The least and the most that an answer can come to; where several options may be named, codes add up.
    ends(item) {
      const sum = (sign) => item.codes.reduce((total, code) => total + (code * sign > 0 ? code : 0), 0);
      return item.kind === "some" ? [sum(-1), sum(1)] : [Math.min(...item.codes), Math.max(...item.codes)];
    }

    // Means on the scale, where there are no shares.
    line(item, human, model) {
      const [low, high] = this.ends(item);
      const track = make("div", { className: "means" });
      track.setAttribute("aria-hidden", "true");
      for (const [kind, value] of [["human", human], ["model", model]]) {
        if (value === undefined) continue;
        const dot = make("i", { className: kind });
        dot.style.insetInlineStart = `${(value - low) / (high - low) * 100}%`;
        track.append(dot);
      }
      return track;
    }

    bar(kind, share) {
      const made = make("i", { className: kind });
      made.style.width = `${share * 100}%`;
      return made;
    }

    notes(item, human, model) {
      const found = [];
      if (!human && !this.peopleLabel.hidden) found.push(say("no_people"));
      if (!model || (!model.p && !("value" in model))) found.push(say("no_answer"));
      const means = [];
      if (human && "value" in human) means.push(say("mean_people", { value: human.value.toFixed(2) }));
      if (model && "value" in model) means.push(say("mean_respondent", { value: model.value.toFixed(2) }));
      if (means.length) found.push(`${means.join(", ")} ${say("scale", { low: this.ends(item)[0], high: this.ends(item)[1] })}`);
      const notes = found.map((text) => make("p", { className: "note" }, text));
      const lost = ["off_menu", "refused", "unread"].map((key, i) => [key, model?.lost?.[i]]).filter(([, one]) => one)
        .map(([key, one]) => say(key, { value: `${(one / this.data.parts * 100).toFixed(1)} %` }));
      if (lost.length) notes.push(make("p", { className: "note lost" }, lost.join(", ")));
      return notes;
    }
  }

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
    if (!target || pending.size === 0) return;
    await Promise.all([...pending.values()].map((start) => start()));
    target.scrollIntoView({ behavior: "instant" });
  }
  for (const host of document.querySelectorAll("[data-table], [data-items]")) host.replaceChildren();
  for (const host of document.querySelectorAll("[data-table]")) {
    whenNear(host, async () => new Explorer(host, await unpack(host.dataset.table)));
  }
  for (const host of document.querySelectorAll("[data-items]")) {
    whenNear(host, async () => new Browser(host, await unpack(host.dataset.items)));
  }
  window.addEventListener("hashchange", jump);
  jump();

  // The map: one zone at a time, and a line that reads the mark under the pointer.
  for (const figure of document.querySelectorAll(".culture-map")) {
    const readout = figure.querySelector(".readout");
    readout.hidden = false;
    readout.textContent = say("readout");
    const name = (event) => {
      const title = event.target.closest("[data-zone], .point")?.querySelector("title");
      if (title && event.target.closest("svg")) readout.textContent = title.textContent;
    };
    figure.addEventListener("pointerover", name);
    figure.addEventListener("click", name);
    const buttons = [...figure.querySelectorAll(".legend button")];
    for (const button of buttons) {
      button.addEventListener("click", () => {
        const on = button.getAttribute("aria-pressed") !== "true";
        buttons.forEach((one) => one.setAttribute("aria-pressed", String(on && one === button)));
        for (const mark of figure.querySelectorAll("svg.map [data-zone]")) {
          mark.classList.toggle("dim", on && mark.dataset.zone !== button.dataset.zone);
        }
      });
    }
  }

  // The section in view, in the navigation.
  const links = new Map([...document.querySelectorAll("nav.sections a")].map((one) => [one.hash.slice(1), one]));
  if ("IntersectionObserver" in window) {
    const watch = new IntersectionObserver((entries) => {
      for (const one of entries) {
        if (!one.isIntersecting) continue;
        links.forEach((link) => link.removeAttribute("aria-current"));
        links.get(one.target.id)?.setAttribute("aria-current", "true");
      }
    }, { rootMargin: "-20% 0px -70% 0px" });
    links.forEach((_, id) => watch.observe(document.getElementById(id)));
  }
})();
