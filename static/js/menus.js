/* Menus are popovers placed by CSS anchors; browsers without those get measured coordinates. */
if (!CSS.supports("position-area", "block-end")) {
  for (const menu of document.querySelectorAll(".menu[popover]")) menu.addEventListener("toggle", (event) => {
    const button = document.querySelector(`[popovertarget="${menu.id}"]`);
    if (event.newState !== "open" || !button) return;
    const place = button.getBoundingClientRect();
    const left = Math.max(8, Math.min(place.left, innerWidth - menu.offsetWidth - 8));
    Object.assign(menu.style, { left: `${left}px`, top: `${place.bottom}px` });
  });
}
