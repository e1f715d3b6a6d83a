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

// A choice that needs no further word is sent at once.
for (const control of document.querySelectorAll("[data-submits]")) {
  control.addEventListener("change", () => control.form.requestSubmit());
}

// The address keeps only what was chosen, so that it can be read and shared.
for (const form of document.querySelectorAll("[data-filters]")) {
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (!value) formData.delete(name);
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => print());
}

// A menu opens beside its button, inside the window.
document.addEventListener(
  "toggle",
  ({ target, newState }) => {
    const button = document.querySelector(`[popovertarget="${target.id}"]`);
    if (newState !== "open" || !button || !target.matches(".menu")) return;
    const at = button.getBoundingClientRect();
    const below = at.bottom + target.offsetHeight + 12 < innerHeight;
    const left = Math.max(8, Math.min(at.left, innerWidth - target.offsetWidth - 8));
    target.style.left = `${left + scrollX}px`;
    target.style.top = `${(below ? at.bottom + 6 : at.top - target.offsetHeight - 6) + scrollY}px`;
  },
  true,
);
