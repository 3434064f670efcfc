// Arrow keys walk along a chart and a polite region speaks; the pointer uses the same stops.
const WAIT = 150;

function cursor(figure) {
  const svg = figure.querySelector("svg");
  const island = document.getElementById(figure.dataset.cursor);
  if (!svg || !island) return;
  const stops = JSON.parse(island.textContent);
  const { width, height } = svg.viewBox.baseVal;
  const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
  line.setAttribute("class", "chart-cursor");
  line.setAttribute("y2", height);
  const live = document.getElementById("said");
  let at = -1;
  let timer = 0;

  function show(index) {
    at = Math.min(stops.length - 1, Math.max(0, index));
    line.setAttribute("x1", stops[at].x);
    line.setAttribute("x2", stops[at].x);
    if (!line.isConnected) svg.append(line);
    clearTimeout(timer);
    timer = setTimeout(() => { if (live) live.textContent = stops[at].says; }, WAIT);
  }

  figure.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.target !== figure) return;
    if (by) show(at + by * (event.shiftKey ? 7 : 1));
    else if (event.key === "Home") show(0);
    else if (event.key === "End") show(stops.length - 1);
    else if (event.key === "Escape") line.remove();
    else if (event.key === "t") figure.closest(".chart").querySelector(".twin")?.toggleAttribute("open");
    else return;
    event.preventDefault();
  });
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * width;
    const near = (best, stop, i) => (Math.abs(stop.x - x) < Math.abs(stops[best].x - x) ? i : best);
    show(stops.reduce(near, 0));
  });
  figure.addEventListener("focusout", () => line.remove());
}

const wire = (root) => root.querySelectorAll("[data-cursor]").forEach((figure) => {
  if (!figure.dataset.wired) cursor(figure);
  figure.dataset.wired = "yes";
});
wire(document);
document.addEventListener("htmx:afterSwap", (event) => wire(event.detail.elt.parentNode ?? document));
