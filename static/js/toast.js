/* Toasts: from the server (HX-Trigger: {"toast": {tone, title, text, link?, label?, undo?}}), and for requests that
   never got an answer. An error stays until it is dismissed, anything else leaves by itself. */
const shelf = document.getElementById("toasts");
const SHOWN_MS = 5000;
const UNDO_MS = 12000;

function show({ tone = "leaf", title, text = "", link = "", label = "", undo = "" }) {
  const toast = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  toast.querySelector(".toast__mark").classList.add(`tone-${tone}`);
  toast.querySelector(".toast__title").textContent = title;
  toast.querySelector(".toast__text").textContent = text;
  if (link) {
    const action = toast.querySelector(".toast__actions");
    action.hidden = false;
    Object.assign(action.firstElementChild, { href: link, textContent: label, hidden: false });
  }
  if (undo) {
    const button = toast.querySelector(".toast__actions button");
    button.hidden = button.parentElement.hidden = false;
    button.formAction = undo;
    button.setAttribute("hx-post", undo);
    button.addEventListener("click", () => setTimeout(() => leave(toast)));
  }
  shelf.append(toast);
  if (undo) htmx.process(toast);
  if (tone !== "cherry") setTimeout(() => leave(toast), undo ? UNDO_MS : SHOWN_MS);
  while (shelf.children.length > 3) shelf.firstElementChild.remove();
}

function leave(toast) {
  toast.classList.add("is-leaving");
  setTimeout(() => toast.remove(), 220);
}

for (const toast of shelf.children) setTimeout(() => leave(toast), SHOWN_MS);
shelf.addEventListener("click", (event) => {
  if (event.target.closest("[data-dismiss]")) leave(event.target.closest(".toast"));
});
document.addEventListener("toast", (event) => show(event.detail));
// The workspace brings itself up to date: nobody asked for that, and its badge says when the connection is gone. The
// composer says itself why its text was not taken.
const unasked = (event) => event.target.matches?.("[data-fragments], #composer");
document.addEventListener("htmx:responseError", (event) => {
  if (unasked(event) || event.detail.xhr.getResponseHeader("HX-Trigger")) return;
  show({ tone: "cherry", title: "That did not work", text: `The Studio answered ${event.detail.xhr.status}. Try again in a moment.` });
});
for (const lost of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(lost, (event) => {
  if (unasked(event)) return;
  show({ tone: "cherry", title: "The Studio does not answer", text: "Nothing was lost. Try again once the connection is back." });
});
