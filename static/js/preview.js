/* The preview's window: device widths and reload. */
const stage = document.getElementById("stage");

document.addEventListener("click", (event) => {
  const device = event.target.closest("button[data-device]");
  if (device) {
    stage.dataset.device = device.dataset.device;
    for (const other of document.querySelectorAll("button[data-device]")) {
      other.setAttribute("aria-pressed", String(other === device));
    }
  }
  if (event.target.closest("[data-reload]")) {
    const frame = stage.querySelector("iframe");
    if (frame) frame.src = frame.src;
  }
  const dismissed = event.target.closest("[data-dismiss-card]");
  if (dismissed) dismissed.closest("[data-keep]").hidden = true;
});
