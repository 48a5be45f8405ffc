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
    host.replaceChildren(controls, this.about, this.status, this.list, this.more, tableSaver(() => "items", () => this.table()));
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

  // The shares of the found items, option by option; texts only where the page has them.
  table() {
    const { subjects, populations, items, parts } = this.data;
    const subject = subjects[this.respondent.value], people = populations[this.people.value];
    const share = (p, k) => (p?.[k] === null ? say("few") : p?.[k] === undefined ? "" : String(p[k] / parts));
    const rows = this.found.flatMap((at) => {
      const item = items[at], text = item.texts.find((one) => one.language === subject?.language) ?? item.texts[0];
      const human = this.cell("human", this.people.value, at), model = this.cell("model", this.respondent.value, at);
      return Array.from({ length: (human?.p ?? model?.p ?? []).length }, (_, k) =>
        [item.id, text?.stem ?? "", text?.options[k] ?? String(item.codes[k] ?? k + 1), share(human?.p, k), share(model?.p, k)]);
    });
    const heads = [say("item"), say("text"), say("option"), people ? `${people.place} (${people.source})` : say("share_people"),
      subject ? `${subject.respondent}: ${subject.arm}` : say("share_respondent")];
    return { heads, rows, numeric: new Set([3, 4]) };
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
    const head = make("header", {}, make("h3", {}, make("span", { className: "id" }, item.id), make("bdi", {}, item.title)), this.similarity(at));
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
    if (!score) return make("span", { className: "ci" }, say("similarity_none"));
    // an interval keeps its lower end on the left on a mirrored page too
    const interval = score[1] ? isolated(score[1]) : say("no_interval");
    return make("span", { className: "n" }, say("similarity", { value: isolated(score[0]), interval }));
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
