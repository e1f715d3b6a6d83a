/* Composers: Enter (with or without Ctrl) sends, Shift+Enter breaks the line, Escape stops the reply. What is typed is kept in
   this browser until the server has accepted it; what is typed while it is on its way stays. */
const store = {
  get: (key) => { try { return localStorage.getItem(key) ?? ""; } catch { return ""; } },
  set: (key, text) => {
    try {
      if (text) localStorage.setItem(key, text);
      else localStorage.removeItem(key);
    } catch { /* private mode: the field itself still has it */ }
  },
};

for (const form of document.querySelectorAll("form[data-draft]")) {
  const field = form.querySelector("textarea");
  const key = `orchard.draft.${form.dataset.draft}`;
  let sent = "";

  field.value ||= store.get(key);
  field.addEventListener("input", () => store.set(key, field.value));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (field.value.trim()) form.requestSubmit();
    }
    if (event.key === "Escape") form.querySelector(".btn--stop")?.click();
  });
  form.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt === form) sent = field.value;
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    const { elt, xhr } = event.detail; // not `successful`: htmx leaves it out when the answer leads to another page
    if (elt !== form || xhr.status < 200 || xhr.status > 299) return;
    field.value = field.value.startsWith(sent) ? field.value.slice(sent.length) : field.value;
    store.set(key, field.value);
  });
}
