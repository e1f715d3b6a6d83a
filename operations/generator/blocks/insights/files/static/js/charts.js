// One tip for every mark of a chart: on hover, on focus, on touch.

const tip = document.createElement("div");
tip.className = "tip";
tip.hidden = true;
tip.setAttribute("aria-hidden", "true"); // marks carry the same words as their label
document.body.append(tip);

function show(mark) {
  const box = (mark.querySelector("circle") ?? mark).getBoundingClientRect();
  tip.textContent = mark.dataset.tip;
  tip.hidden = false;
  const half = tip.offsetWidth / 2 + 8;
  const middle = box.left + box.width / 2;
  tip.style.left = `${Math.max(half, Math.min(innerWidth - half, middle))}px`;
  tip.style.top = `${Math.max(70, box.top)}px`;
}

for (const kind of ["pointerover", "focusin"]) {
  document.addEventListener(kind, ({ target }) => {
    const mark = target.closest?.("[data-tip]");
    if (mark) show(mark);
    else tip.hidden = true;
  });
}
document.addEventListener("focusout", () => (tip.hidden = true));
addEventListener("scroll", () => (tip.hidden = true), { passive: true });
