// The colour behind the page, and every colour that fills or edges a control, a card or a bar.
() => {
  const hex = (value) => {
    const found = value.match(/^rgba?\((\d+), (\d+), (\d+)(?:, ([\d.]+))?\)$/);
    if (!found || (found[4] !== undefined && Number(found[4]) < 0.5)) return null;
    return "#" + found.slice(1, 4).map((part) => Number(part).toString(16).padStart(2, "0")).join("");
  };
  const behind = [document.body, document.documentElement]
    .map((element) => hex(getComputedStyle(element).backgroundColor))
    .find(Boolean);
  const filled = new Set();
  for (const element of document.querySelectorAll("button, a, header, nav, aside, footer, article, section, td, th, span, li, div")) {
    if (!element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    for (const value of [style.backgroundColor, element.matches("a, button") ? style.color : ""]) {
      const color = hex(value);
      if (color) filled.add(color);
    }
  }
  return { behind: behind || "#ffffff", filled: [...filled] };
}
