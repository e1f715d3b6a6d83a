// What every page shares. Everything works without it; it makes some things quicker.

for (const toast of document.querySelectorAll(".toast")) {
  const leave = setTimeout(() => toast.remove(), 7000);
  toast.querySelector("[data-dismiss]")?.addEventListener("click", () => {
    clearTimeout(leave);
    toast.remove();
  });
}

// "/" jumps to the search, as long as nobody is typing.
addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest("input, textarea, select")) return;
  const search = document.querySelector("[data-hotkey='/']");
  if (!search) return;
  event.preventDefault();
  search.focus();
});

// Whoever sent a form with mistakes lands on the list of them.
document.querySelector("[data-focus]")?.focus();
