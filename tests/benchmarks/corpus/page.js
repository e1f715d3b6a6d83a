// What a person finds on the page: links, lone buttons, forms. Only what can be seen.
() => {
  const seen = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const label = (element) =>
    (element.getAttribute("aria-label") || element.innerText || element.value || element.title || "").trim().slice(0, 60);
  const links = [...document.querySelectorAll("a")].filter(seen).map((link) => ({
    label: label(link),
    raw: link.getAttribute("href"),
    url: link.href,
    download: link.hasAttribute("download"),
  }));
  const buttons = [...document.querySelectorAll("button, [role=button], summary")]
    .map((button, index) => ({ button, index }))
    .filter(({ button }) => seen(button) && !button.disabled && !(button.form && button.type === "submit"))
    .map(({ button, index }) => ({ label: label(button), index, tag: button.tagName }));
  const forms = [...document.forms].map((form, index) => ({
    index,
    method: (form.getAttribute("method") || "get").toLowerCase(),
    action: form.action,
    visible: [...form.elements].some((field) => field.type !== "hidden" && seen(field)),
    names: [...new Set([...form.elements].map((field) => field.name).filter(Boolean))],
    submit: label(form.querySelector("button:not([type=button]), input[type=submit]") || form),
    fields: [...form.elements]
      .filter((field) => field.name && !["hidden", "submit", "button"].includes(field.type) && !field.disabled)
      .map((field) => ({ name: field.name, type: field.type, required: field.required, visible: seen(field) })),
  }));
  return { links, buttons, forms: forms.filter((form) => form.visible) };
}
