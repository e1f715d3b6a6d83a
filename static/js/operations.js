/* The list of operations: / finds, J and K walk through the rows, and a tab that comes back asks anew. */
const STEPS = { j: 1, k: -1 };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
  if (event.key === "/") {
    event.preventDefault();
    document.getElementById("q")?.focus();
  }
  const step = STEPS[event.key];
  if (!step) return;
  const rows = [...document.querySelectorAll(".op__what a")];
  const here = rows.indexOf(document.activeElement);
  rows[here < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, here + step))]?.focus();
});

document.addEventListener("visibilitychange", () => {
  const list = document.getElementById("operations");
  if (!document.hidden) htmx.trigger(list, "orchard:refresh");
});
