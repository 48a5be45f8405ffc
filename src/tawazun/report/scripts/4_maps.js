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
