// What a page's computed styles and boxes say, added up. Pure measuring: names and roles are given in
// Python (tokens.py), which also parses every value, because a page may answer what it likes.
//
// A colour counts by the area it is really seen on: each painted box gives its area to its colour and
// takes it from the nearest painted box below. Text counts by characters.
() => {
  const ELEMENTS = 6000;
  const width = innerWidth;
  const pageHeight = Math.min(Math.max(document.documentElement.scrollHeight, document.body?.scrollHeight ?? 0), 16000);
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  canvas.canvas.width = canvas.canvas.height = 1;

  const parsed = new Map();
  const rgba = (text) => {
    if (!parsed.has(text)) {
      const match = /^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/.exec(text);
      if (match) parsed.set(text, [+match[1], +match[2], +match[3], match[4] === undefined ? 1 : +match[4]]);
      else {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = "rgba(0,0,0,0)";
        canvas.fillStyle = text;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
        parsed.set(text, [r, g, b, a / 255]);
      }
    }
    return parsed.get(text);
  };
  const over = ([r, g, b, a], below) => below.map((value, index) => Math.round([r, g, b][index] * a + value * (1 - a)));
  const hex = (color) => `#${color.map((value) => Math.round(value).toString(16).padStart(2, "0")).join("")}`;
  const number = (text) => Number.parseFloat(text) || 0;

  const tally = () => new Map();
  const add = (map, key, values) => {
    const entry = map.get(key) ?? {};
    for (const [name, value] of Object.entries(values)) entry[name] = (entry[name] ?? 0) + value;
    map.set(key, entry);
  };
  const [paints, inks, lines, types, radii, shadows, gaps] = [tally(), tally(), tally(), tally(), tally(), tally(), tally()];

  const isButton = (element, style) =>
    element.matches("button, [role=button], input[type=submit], input[type=button]") ||
    (element.tagName === "A" && number(style.paddingLeft) >= 6 && number(style.paddingTop) >= 3 && rgba(style.backgroundColor)[3] > 0.3);
  const kindOf = (element, style, box) => {
    if (isButton(element, style)) return "button";
    if (element.matches("input, select, textarea")) return "field";
    if (box.height < 34 && box.width < 200 && element.innerText?.length < 30 && element.children.length < 2) return "badge";
    if (box.width >= width * 0.85) return "band";
    if (box.width > 120 && box.height > 60) return "card";
    return "part";
  };

  const white = [255, 255, 255];
  const dark = getComputedStyle(document.documentElement).colorScheme === "dark";
  const ground = dark ? [18, 18, 18] : white;
  const areaOf = (box) => Math.max(0, Math.min(box.right, width) - Math.max(box.left, 0)) * Math.max(0, Math.min(box.bottom + scrollY, pageHeight) - Math.max(box.top + scrollY, 0));

  // The colour under an element and the painted box it lies on, handed down the tree.
  const root = { color: ground, key: null, kind: "page" };
  let seen = 0;
  let pictures = 0;
  const texts = [];
  const headings = [];
  const boxes = [];

  const visit = (element, below) => {
    if (seen >= ELEMENTS) return;
    seen += 1;
    const style = getComputedStyle(element);
    if (style.display === "none" || style.visibility === "hidden" || number(style.opacity) < 0.05) return;
    const box = element.getBoundingClientRect();
    const area = areaOf(box);
    let layer = below;
    const atTop = element === document.documentElement || element === document.body;
    const kind = atTop ? "page" : kindOf(element, style, box);
    if (area > 0 || atTop || style.display === "contents") {
      const background = rgba(style.backgroundColor);
      const stops = style.backgroundImage.includes("gradient(") ? gradientColors(style.backgroundImage) : [];
      const opaque = stops.filter((stop) => stop[3] > 0.5);
      const size = atTop ? width * pageHeight : area;
      if (opaque.length > 0) {
        opaque.forEach((stop) => add(paints, hex(over(stop, layer.color)), { area: size / opaque.length, [kind]: 1, gradient: 1 }));
        if (layer.key) add(paints, layer.key, { area: -Math.min(size, width * pageHeight) });
        const middle = over(opaque[Math.floor(opaque.length / 2)], layer.color);
        layer = { color: middle, key: null, kind };
      } else if (background[3] > 0.02) {
        const color = over(background, layer.color);
        const key = hex(color);
        if (key !== hex(layer.color) || layer.key === null) {
          add(paints, key, { area: size, [kind]: 1, boxes: 1 });
          if (layer.key) add(paints, layer.key, { area: -size });
          layer = { color, key, kind };
        } else if (kind === "button" || kind === "badge") add(paints, key, { [kind]: 1, area: 0 });
      } else if (element === document.documentElement && layer.key === null) {
        add(paints, hex(ground), { area: size, page: 1 });
        layer = { color: ground, key: hex(ground), kind: "page" };
      }
      if (!atTop) measureBox(element, style, box, kind, layer);
      if (element.matches("img, video, canvas, svg, picture") && box.width > 40 && box.height > 40) pictures += area;
    }
    measureText(element, style, kind, layer);
    for (const child of element.shadowRoot?.children ?? []) visit(child, layer);
    for (const child of element.children) visit(child, layer);
  };

  const gradientColors = (text) =>
    (text.match(/rgba?\([^)]*\)|color\([^)]*\)|okl(?:ch|ab)\([^)]*\)|hsla?\([^)]*\)|#[0-9a-f]{3,8}/gi) ?? []).slice(0, 8).map(rgba);

  const measureBox = (element, style, box, kind, layer) => {
    const sides = ["Top", "Right", "Bottom", "Left"];
    for (const side of sides) {
      const thickness = number(style[`border${side}Width`]);
      const color = rgba(style[`border${side}Color`]);
      if (thickness > 0 && style[`border${side}Style`] !== "none" && color[3] > 0.05) {
        const length = side === "Top" || side === "Bottom" ? box.width : box.height;
        add(lines, hex(over(color, layer.color)), { length, count: 1, [kind]: 1 });
      }
    }
    const drawn = rgba(style.backgroundColor)[3] > 0.02 || number(style.borderTopWidth) > 0 || style.boxShadow !== "none" || element.tagName === "IMG" || style.backgroundImage !== "none";
    if (drawn && box.width > 8 && box.height > 8) {
      const corner = style.borderTopLeftRadius.endsWith("%")
        ? (number(style.borderTopLeftRadius) / 100) * Math.min(box.width, box.height)
        : number(style.borderTopLeftRadius);
      const round = corner >= Math.min(box.width, box.height) / 2 - 0.5 && corner > 0;
      add(radii, round ? "round" : String(Math.round(corner * 10) / 10), { [kind]: 1, count: 1 });
      if (style.boxShadow !== "none" && !style.boxShadow.includes("inset")) add(shadows, style.boxShadow, { [kind]: 1, count: 1 });
    }
    for (const property of ["paddingTop", "paddingLeft", "marginTop", "marginBottom", "rowGap", "columnGap"]) {
      const value = number(style[property]);
      if (value >= 2 && value <= 200) add(gaps, String(Math.round(value)), { count: 1 });
    }
    if (boxes.length < 3000 && box.width > 60 && box.height > 24) {
      const words = element.innerText ?? "";
      boxes.push({
        tag: element.tagName.toLowerCase(), kind,
        x: Math.round(box.left), y: Math.round(box.top + scrollY), width: Math.round(box.width), height: Math.round(box.height),
        parent: parentIndex.get(element.parentElement) ?? -1, position: style.position,
        display: style.display, columns: style.display.includes("grid") ? style.gridTemplateColumns.split(" ").length : 0,
        columnCount: style.columnCount === "auto" ? 0 : Number(style.columnCount) || 0,
        direction: style.display.includes("flex") ? style.flexDirection : "",
        words: words.length, price: AMOUNT.test(words) ? 2 : ON_REQUEST.test(words) ? 1 : 0,
      });
      parentIndex.set(element, boxes.length - 1);
    }
  };
  const parentIndex = new Map();
  const AMOUNT = /[$€£¥₹]\s?\d|\d\s?(?:€|£|USD|EUR|CHF|kr\b)/;
  const ON_REQUEST = /\bfree\b|\bcustom\b|\bcontact\b|\btalk to\b/i;

  const measureText = (element, style, kind, layer) => {
    let characters = 0;
    for (const node of element.childNodes) if (node.nodeType === 3) characters += node.data.trim().length;
    if (characters === 0) return;
    const tag = element.tagName.toLowerCase();
    const heading = element.closest("h1, h2, h3, h4, [role=heading]") !== null;
    const control = kind === "button" || element.closest("button, [role=button], nav, label, th") !== null || (element.closest("a") && isButton(element.closest("a"), getComputedStyle(element.closest("a"))));
    const link = element.closest("a") !== null && !control;
    const code = element.closest("code, pre, kbd, samp") !== null;
    const color = rgba(style.color);
    if (color[3] > 0.05) {
      const on = layer.kind === "button" || control ? "control" : link ? "link" : heading ? "heading" : "text";
      add(inks, hex(over(color, layer.color)), { characters, [on]: characters, onFill: layer.kind === "button" ? characters : 0 });
    }
    const role = code ? "mono" : heading ? "heading" : control ? "label" : "body";
    const family = style.fontFamily.slice(0, 200);
    const key = JSON.stringify([family, number(style.fontSize), Number(style.fontWeight) || 400, role]);
    add(types, key, {
      characters, lineHeight: (number(style.lineHeight) / (number(style.fontSize) || 1)) * characters,
      tracking: number(style.letterSpacing) * characters, upper: style.textTransform === "uppercase" ? characters : 0,
      h1: element.closest("h1") ? characters : 0,
    });
    const words = (element.innerText ?? "").trim();
    if (heading && headings.length < 40 && words) headings.push({ level: tag, text: words.slice(0, 120) });
    if (texts.length < 300 && words) texts.push(words.slice(0, 200));
  };

  visit(document.documentElement, root);

  const variables = [];
  for (const name of getComputedStyle(document.documentElement)) {
    if (!name.startsWith("--") || variables.length >= 200) continue;
    const value = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    if (CSS.supports("color", value) && rgba(value)[3] > 0.9) variables.push({ name: name.slice(0, 60), color: hex(rgba(value).slice(0, 3)) });
  }
  const rows = (map, name) => [...map].map(([key, values]) => ({ [name]: key, ...values }));
  return {
    width, height: pageHeight, scheme: dark ? "dark" : "light", pictures, truncated: seen >= ELEMENTS,
    paints: rows(paints, "color"), inks: rows(inks, "color"), lines: rows(lines, "color"),
    types: [...types].map(([key, values]) => {
      const [family, size, weight, role] = JSON.parse(key);
      return { family, size, weight, role, ...values };
    }),
    radii: rows(radii, "radius"), shadows: rows(shadows, "shadow"), gaps: rows(gaps, "gap"),
    variables, headings, text: [...new Set(texts)].join("\n").slice(0, 6000), boxes,
  };
}
