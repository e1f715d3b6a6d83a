/* One operation's page. Its event stream says when there is something new; the page then asks for itself,
   so what is shown is always what the database says. R and C open the questions "retry?" and "cancel?". */
const GAP_MS = 250;

let stream = null;
let planned = 0;

function refresh() {
  planned ||= setTimeout(() => {
    planned = 0;
    htmx.trigger(document.getElementById("operation"), "orchard:refresh");
  }, GAP_MS);
}

function follow() {
  const address = document.getElementById("operation")?.dataset.stream;
  if (!address) {
    stream?.close();
    stream = null;
  } else if (!stream || stream.readyState === EventSource.CLOSED) {
    stream = new EventSource(address);
    for (const name of ["phase", "log", "file", "ledger", "complete", "error", "retried"]) {
      stream.addEventListener(name, (event) => { if (event.data !== undefined) refresh(); });
    }
  }
}

async function copy(button) {
  const text = button.dataset.copy ?? await (await fetch(button.dataset.copyFrom)).text();
  await navigator.clipboard.writeText(text);
  document.dispatchEvent(new CustomEvent("toast", { detail: { title: "Copied" } }));
}

function offerCopies() {
  if (!navigator.clipboard) return; // a page without TLS has none
  for (const button of document.querySelectorAll("[data-copy], [data-copy-from]")) button.hidden = false;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (button) copy(button).catch(() => document.dispatchEvent(new CustomEvent("toast", {
    detail: { tone: "cherry", title: "That could not be copied", text: "Download the log instead." },
  })));
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
  document.querySelector(`[data-key="${CSS.escape(event.key)}"]`)?.click();
});

document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
document.addEventListener("htmx:load", () => { follow(); offerCopies(); });
document.addEventListener("htmx:afterSettle", () => { follow(); offerCopies(); });
follow();
offerCopies();
