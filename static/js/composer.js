/* Composers: Enter (with or without Ctrl) sends, Shift+Enter breaks the line, Escape stops the reply. What is typed is kept in
   this browser until the server has accepted it; what is typed while it is on its way stays. Why it was not accepted stands
   beside it. */
import { drafts } from "./drafts.js";

for (const form of document.querySelectorAll("form[data-draft]")) {
  const field = form.querySelector("textarea");
  const key = form.dataset.draft;
  const fault = form.querySelector("#fault");
  const tell = (text, reload = false) => {
    if (!fault) return;
    fault.hidden = !text;
    fault.querySelector("#fault-text").textContent = text;
    fault.querySelector("#fault-retry").hidden = reload;
    fault.querySelector("#fault-reload").hidden = !reload;
  };
  const said = (xhr) => {
    try { return JSON.parse(xhr.getResponseHeader("HX-Trigger")).toast.text; } catch { return ""; }
  };
  let sent = "";

  field.value ||= drafts.get(key);
  field.addEventListener("input", () => {
    if (!form.dataset.editing) drafts.set(key, field.value);
    tell("");
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (field.value.trim()) form.requestSubmit();
    }
    if (event.key === "Escape" && !form.dataset.editing) form.querySelector(".btn--stop")?.click();
  });
  form.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt !== form) return;
    sent = field.value;
    tell("");
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    const { elt, xhr } = event.detail; // not `successful`: htmx leaves it out when the answer leads to another page
    if (elt !== form) return;
    if (xhr.status === 0) return tell("The Studio does not answer. Your text is kept here; send it again once the connection is back.");
    if (xhr.status === 403 && !said(xhr)) return tell("Your session ended meanwhile. Your text is kept; load the page again.", true);
    if (xhr.status < 200 || xhr.status > 299) return tell(said(xhr) || `The Studio answered ${xhr.status}. Your text is kept here.`);
    const rest = field.value.startsWith(sent) ? field.value.slice(sent.length) : field.value;
    if (form.dataset.editing) return form.dispatchEvent(new CustomEvent("resent", { detail: rest }));
    field.value = rest;
    drafts.set(key, rest);
  });
}
