/* Conversation and logs follow their newest line, unless the reader has scrolled up. */
const NEAR = 80;
const away = new WeakSet();

function follow() {
  for (const box of document.querySelectorAll("[data-stick-to-end]")) {
    if (!away.has(box)) box.scrollTop = box.scrollHeight;
  }
}

document.addEventListener("scroll", (event) => {
  const box = event.target;
  if (!(box instanceof HTMLElement) || !("stickToEnd" in box.dataset)) return;
  if (box.scrollHeight - box.scrollTop - box.clientHeight > NEAR) away.add(box);
  else away.delete(box);
}, true);

/* Sending brings one back to the end: that is where the answer comes. */
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.requestConfig.verb === "post") away.delete(document.getElementById("chat-scroll"));
});
for (const arrival of ["htmx:wsAfterMessage", "htmx:oobAfterSwap", "htmx:afterSettle"]) {
  document.addEventListener(arrival, follow);
}
follow();
document.fonts?.ready.then(follow);
