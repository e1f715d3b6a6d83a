/* Panes as tabs on narrow screens, and links that lead from one pane into another. */
const workspace = document.getElementById("main");
const tabs = document.querySelectorAll("[data-tab]");

function open(pane) {
  workspace.dataset.pane = pane;
  for (const tab of tabs) tab.setAttribute("aria-selected", String(tab.dataset.tab === pane));
}

function reveal(id) {
  const target = document.getElementById(id);
  if (!target) return;
  open(target.closest(".pane")?.id.replace("pane-", "") ?? workspace.dataset.pane);
  const section = target.closest("details");
  if (section) section.open = true;
  target.scrollIntoView({ block: "center" });
  (target.querySelector("button, a, summary") ?? target).focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const tab = event.target.closest("[data-tab]");
  if (tab) open(tab.dataset.tab);

  const link = event.target.closest('a[href^="#"]');
  if (link && link.hash.length > 1 && !link.classList.contains("skip-link")) {
    event.preventDefault();
    if (link.dataset.openPane) open(link.dataset.openPane);
    reveal(decodeURIComponent(link.hash.slice(1)));
  }

  const blocked = event.target.closest('[aria-disabled="true"]');
  if (blocked) {
    event.preventDefault();
    document.querySelector("#buildbar .blockers a")?.focus();
  }
}, true);
document.addEventListener("orchard:open", (event) => open(event.detail));
