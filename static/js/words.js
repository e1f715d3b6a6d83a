/* Words of a reply as they come: each piece says where in the text it starts (data-at). A piece that is on
   screen already is dropped; after a gap the whole state is asked for instead of showing garbled text. */
const REFRESH_MS = 300;
let refreshed = 0;

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { fragment, target } = event.detail;
  const piece = fragment.dataset?.at === undefined ? fragment.firstElementChild : fragment;
  const at = Number(piece?.dataset?.at || NaN);
  if (Number.isNaN(at)) return;
  const shown = [...target.textContent].length;
  const fresh = [...piece.textContent].slice(Math.max(0, shown - at)).join("");
  if (at > shown) {
    event.detail.shouldSwap = false;
    if (Date.now() - refreshed > REFRESH_MS) {
      refreshed = Date.now();
      document.dispatchEvent(new Event("orchard:refresh"));
    }
  } else if (fresh) piece.textContent = fresh;
  else event.detail.shouldSwap = false;
});
