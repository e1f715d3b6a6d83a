/* Keyboard: / or Ctrl+K writes, Ctrl+Enter builds unless something is being typed, 1 2 3 switch panes, G then P or O leave. */
const LEAP_MS = 900;
const leaps = { p: ".brand", o: 'a[href*="/operations/"]' };
let leaping = 0;

document.addEventListener("keydown", (event) => {
  const prompt = document.getElementById("prompt");
  const withControl = event.ctrlKey || event.metaKey;
  const typing = event.target.matches("input, textarea, select, [contenteditable]");
  if (withControl && event.key.toLowerCase() === "k" && prompt) {
    event.preventDefault();
    prompt.focus();
  }
  if (withControl && event.key === "Enter" && !typing) document.getElementById("build")?.click();
  if (typing || withControl || event.altKey) return;
  if (event.key === "/" && prompt) {
    event.preventDefault();
    prompt.focus();
  }
  const pane = { 1: "chat", 2: "plan", 3: "preview" }[event.key];
  if (pane) document.dispatchEvent(new CustomEvent("orchard:open", { detail: pane }));
  if (event.key === "g") leaping = Date.now();
  else if (Date.now() - leaping < LEAP_MS) document.querySelector(leaps[event.key])?.click();
});
