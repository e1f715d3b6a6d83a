// The stylesheet's tokens as plain colours: a canvas cannot read custom properties by itself.

const WORLD_COLORS = [
  "grass",
  "grass-2",
  "road",
  "road-edge",
  "water",
  "water-2",
  "leaf-1",
  "leaf-2",
  "leaf-3",
  "trunk",
  "wall",
  "roof-1",
  "roof-2",
  "roof-3",
  "line",
  "night",
  "lamp",
];
const PAGE_COLORS = ["surface", "text", "muted", "primary"];

const camelCase = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());

// Call again when the theme changes.
export function readPalette(root = document.documentElement) {
  const probe = document.createElement("i");
  probe.style.display = "none";
  root.append(probe);
  const resolve = (token) => {
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  };
  const palette = {};
  for (const name of WORLD_COLORS) palette[camelCase(name)] = resolve(`--world-${name}`);
  for (const name of PAGE_COLORS) palette[name] = resolve(`--color-${name}`);
  probe.style.fontFamily = "var(--font-body)";
  palette.font = getComputedStyle(probe).fontFamily || "sans-serif";
  probe.style.borderRadius = "var(--radius)";
  palette.radius = parseFloat(getComputedStyle(probe).borderTopLeftRadius) || 0;
  palette.hasOutlines = toRgb(palette.line, true)[3] > 0;
  probe.remove();
  return palette;
}

const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
pixel.canvas.width = pixel.canvas.height = 1;
const parsed = new Map();

// Any CSS colour as [red, green, blue], or with alpha (0 to 255) as a fourth.
export function toRgb(color, withAlpha = false) {
  if (!parsed.has(color)) {
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = color;
    pixel.fillRect(0, 0, 1, 1);
    parsed.set(color, [...pixel.getImageData(0, 0, 1, 1).data]);
  }
  return parsed.get(color).slice(0, withAlpha ? 4 : 3);
}

export function mix(from, to, share) {
  const target = toRgb(to);
  const mixed = toRgb(from).map((value, i) => Math.round(value + (target[i] - value) * share));
  return `rgb(${mixed.join(" ")})`;
}

export const fade = (color, alpha) => `rgb(${toRgb(color).join(" ")} / ${alpha})`;
