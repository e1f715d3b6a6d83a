/* Pane widths: drag, arrow keys, double-click to reset; remembered in this browser. */
const KEY = "orchard.panes";
const MIN_WIDTH = 300;
const STEP = 24;
const workspace = document.getElementById("main");
const panes = {
  chat: document.getElementById("pane-chat"),
  plan: document.getElementById("pane-plan"),
  view: document.getElementById("pane-preview"),
};

const measure = () => Object.fromEntries(Object.entries(panes).map(([name, pane]) => [name, pane.offsetWidth]));

function apply(widths) {
  const total = Object.values(widths).reduce((sum, width) => sum + width, 0);
  for (const [name, width] of Object.entries(widths)) workspace.style.setProperty(`--${name}`, `${width.toFixed(1)}fr`);
  for (const handle of workspace.querySelectorAll(".resizer")) {
    handle.setAttribute("aria-valuenow", Math.round((100 * widths[handle.dataset.between.split(" ")[0]]) / total));
  }
}

function keep(widths) {
  try {
    if (widths) localStorage.setItem(KEY, JSON.stringify(widths));
    else localStorage.removeItem(KEY);
  } catch { /* private mode */ }
}

function shift(handle, widths, by) {
  const [left, right] = handle.dataset.between.split(" ");
  const move = Math.max(MIN_WIDTH - widths[left], Math.min(widths[right] - MIN_WIDTH, by));
  const next = { ...widths, [left]: widths[left] + move, [right]: widths[right] - move };
  apply(next);
  keep(next);
}

try { apply(JSON.parse(localStorage.getItem(KEY)) ?? measure()); } catch { apply(measure()); }
if (!localStorage.getItem(KEY)) for (const name of Object.keys(panes)) workspace.style.removeProperty(`--${name}`);

for (const handle of workspace.querySelectorAll(".resizer")) {
  handle.addEventListener("pointerdown", (start) => {
    const widths = measure();
    handle.setPointerCapture(start.pointerId);
    handle.classList.add("is-dragging");
    document.body.classList.add("is-resizing");
    const move = (event) => shift(handle, widths, event.clientX - start.clientX);
    const end = () => {
      handle.removeEventListener("pointermove", move);
      handle.classList.remove("is-dragging");
      document.body.classList.remove("is-resizing");
    };
    handle.addEventListener("pointermove", move);
    for (const over of ["pointerup", "pointercancel"]) handle.addEventListener(over, end, { once: true });
  });
  handle.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (by) { event.preventDefault(); shift(handle, measure(), by); }
  });
  handle.addEventListener("dblclick", () => {
    for (const name of Object.keys(panes)) workspace.style.removeProperty(`--${name}`);
    keep(null);
  });
}
