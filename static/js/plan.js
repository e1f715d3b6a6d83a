/* Forms a person opens in the plan: Escape leaves one she has not changed, Cancel any; the focus goes back to where
   she came from. Leaving the page with something typed asks first. */
const plan = document.getElementById("pane-plan");

function touched(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.tagName === "SELECT") return field.selectedIndex !== Math.max(0, [...field.options].findIndex((option) => option.defaultSelected));
  return field.type !== "hidden" && "defaultValue" in field && field.value !== field.defaultValue;
}
const changed = (form) => [...form.elements].some(touched);
const opener = (holder) => holder?.querySelector(":scope > .acts a, :scope > .add, :scope a.editable") ?? holder;

function leave(form) {
  const holder = form.parentElement;
  form.remove();
  opener(holder)?.focus({ preventScroll: true });
  document.dispatchEvent(new Event("orchard:refresh")); // what was kept for the form's sake may be gone
}

if (plan) {
  plan.addEventListener("click", (event) => {
    const cancel = event.target.closest("[data-cancel]");
    if (!cancel) return;
    event.preventDefault();
    leave(cancel.closest("form"));
  });
  plan.addEventListener("keydown", (event) => {
    const form = event.target.closest("form[data-mine]");
    if (!form) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      if (changed(form)) form.querySelector("[data-cancel]").focus();
      else leave(form);
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  // Not by "autofocus", which htmx would follow again with every push.
  plan.addEventListener("htmx:load", (event) => {
    const form = event.detail.elt;
    if (!form.matches?.("form[data-mine]")) return;
    const first = form.querySelector("[aria-invalid]") ?? form.querySelector("[data-first]");
    first?.focus();
    form.scrollIntoView({ block: "nearest" });
  });
  // Saved: the form is gone, the reader stays at its item.
  plan.addEventListener("htmx:beforeSwap", (event) => {
    const form = event.detail.target.closest("form[data-mine]");
    const holder = form?.parentElement.id;
    if (holder) setTimeout(() => {
      if (!document.contains(form) && document.activeElement === document.body) opener(document.getElementById(holder))?.focus({ preventScroll: true });
    }, 30);
  });
  addEventListener("beforeunload", (event) => {
    if ([...plan.querySelectorAll("form[data-mine]")].some(changed)) event.preventDefault();
  });
}
