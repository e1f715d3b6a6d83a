/* An earlier message in other words: its text comes into the composer, what was being typed waits in the draft. Without this
   module the button sends what stands in the composer instead of that message. */
import { drafts } from "./drafts.js";

const composer = document.getElementById("composer");

function start() {
  const field = composer.querySelector("textarea");
  const note = document.getElementById("editing");
  const which = document.getElementById("instead-of");

  const leave = (text) => {
    delete composer.dataset.editing;
    note.hidden = which.disabled = true;
    field.value = text;
    drafts.set(composer.dataset.draft, text);
    field.dispatchEvent(new Event("input"));
  };
  const cancel = () => {
    leave(drafts.get(composer.dataset.draft));
    field.focus();
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-edit]");
    if (!button) return;
    event.preventDefault();
    if (!composer.dataset.editing) drafts.set(composer.dataset.draft, field.value);
    composer.dataset.editing = which.value = button.value;
    note.hidden = which.disabled = false;
    field.value = document.getElementById(button.dataset.edit).querySelector(".msg__body").textContent;
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  });
  document.getElementById("editing-cancel").addEventListener("click", cancel);
  composer.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && composer.dataset.editing) cancel();
  });
  composer.addEventListener("resent", (event) => leave(drafts.get(composer.dataset.draft) || event.detail));
}

if (composer) start();
