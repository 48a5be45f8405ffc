// The map: one zone at a time, and a line that reads the mark under the pointer.
function startMaps(root) {
  for (const figure of root.querySelectorAll(".culture-map")) {
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
}

// Tile maps: a line that reads the tile under the pointer, and arrow keys that walk from tile to tile.
function startTiles(root) {
  for (const figure of root.querySelectorAll(".tile-figure")) {
    const readout = figure.querySelector(".readout");
    readout.hidden = false;
    readout.textContent = say("readout");
    const tell = (tile) => { if (tile) readout.textContent = tile.querySelector("title").textContent; };
    for (const box of figure.querySelectorAll(".tiles")) {
      const tiles = [...box.querySelectorAll(".tile-group")].map((tile) => ({ tile, at: tile.dataset.at.split("-").map(Number) }));
      let here = null;
      const go = (next) => {
        here?.tile.classList.remove("at");
        here = next;
        here?.tile.classList.add("at");
        tell(here?.tile);
      };
      box.addEventListener("pointerover", (event) => tell(event.target.closest(".tile-group")));
      box.addEventListener("click", (event) => tell(event.target.closest(".tile-group")));
      box.addEventListener("focus", () => { if (!here) go(tiles[0]); });
      box.addEventListener("blur", () => go(null));
      box.addEventListener("keydown", (event) => {
        const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
        if (!step || !here) return;
        event.preventDefault();
        // the nearest tile in that direction, with what lies aside counted double
        const along = (one) => (one.at[0] - here.at[0]) * step[0] + (one.at[1] - here.at[1]) * step[1];
        const aside = (one) => Math.abs((one.at[0] - here.at[0]) * step[1]) + Math.abs((one.at[1] - here.at[1]) * step[0]);
        const ahead = tiles.filter((one) => along(one) > 0);
        ahead.sort((a, b) => along(a) + 2 * aside(a) - along(b) - 2 * aside(b));
        if (ahead.length) go(ahead[0]);
      });
    }
  }
}
