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
    host.replaceChildren(controls, this.status, box, make("div", { className: "pager" }, this.previous, this.next),
      tableSaver(() => `${host.dataset.table.replace("data-", "")}`, () => this.table()));
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
      const [known, unknown] = [[], []];
      for (const row of this.found) (keys[row] === null ? unknown : known).push(row);
      known.sort((a, b) => (keys[a] - keys[b]) * sign || a - b);
      unknown.sort((a, b) => a - b);
      this.found = known.concat(unknown);
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

  // What the search and the filters leave, whole.
  table() {
    const { titles, texts, columns } = this.data;
    return { heads: titles, rows: this.found.map((row) => columns.map((column) => texts[column[row]])), numeric: this.numeric };
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
