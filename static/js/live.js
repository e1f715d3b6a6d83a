/* The workspace's socket: says when it is away, asks for the whole state meanwhile, and leaves when the
   project is gone or no longer ours. Pushed HTML is swapped in by htmx itself. */
const GONE = 4404;
const NOTICE_MS = 2000;
const POLL_MS = 5000;

const studio = document.querySelector("[ws-connect]");
const badge = document.getElementById("connection");
let notice = 0;
let polling = 0;

const refresh = () => htmx.ajax("GET", studio.dataset.fragments, { source: studio, target: studio, swap: "none" });

document.addEventListener("htmx:wsOpen", () => {
  clearTimeout(notice);
  clearInterval(polling);
  notice = polling = 0;
  badge.hidden = true;
});

document.addEventListener("htmx:wsClose", (event) => {
  if (event.detail.event.code === GONE) {
    location.reload();
    return;
  }
  notice ||= setTimeout(() => { badge.hidden = false; }, NOTICE_MS);
  polling ||= setInterval(refresh, POLL_MS);
});

/* A tab that slept may have a socket that only looks open. */
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) refresh();
});
document.addEventListener("orchard:refresh", refresh);
