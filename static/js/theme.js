/* Runs before the first paint, so a chosen theme never flashes. Without a choice the system decides. */
(() => {
  const root = document.documentElement;
  const recall = () => { try { return localStorage.getItem("orchard.theme"); } catch { return null; } };
  const keep = (theme) => { try { localStorage.setItem("orchard.theme", theme); } catch { /* private mode */ } };
  const chosen = recall();
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;

  addEventListener("DOMContentLoaded", () => {
    for (const toggle of document.querySelectorAll("[data-theme-toggle]")) toggle.hidden = false;
  });
  addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-theme-toggle]")) return;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    // Colours that fade from one theme to the other get stuck half-way in some browsers.
    root.dataset.switching = "";
    root.dataset.theme = dark ? "light" : "dark";
    keep(root.dataset.theme);
    getComputedStyle(root).color; // applies the theme before transitions come back
    requestAnimationFrame(() => delete root.dataset.switching);
  });
})();
