// Small drawing words that every part of the picture uses.

export const FULL_TURN = Math.PI * 2;
export const SHADOW = "rgb(20 25 30 / 0.2)";

export function createCanvas(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(width);
  canvas.height = Math.ceil(height);
  return canvas;
}

export function fillEllipse(g, color, x, y, rx, ry, rotation = 0) {
  g.fillStyle = color;
  g.beginPath();
  g.ellipse(x, y, rx, ry, rotation, 0, FULL_TURN);
  g.fill();
}

export function fillRoundRect(g, color, x, y, width, height, radius) {
  g.fillStyle = color;
  g.beginPath();
  g.roundRect(x, y, width, height, radius);
  g.fill();
}

export function fillPolygon(g, color, points) {
  g.fillStyle = color;
  g.beginPath();
  for (const [x, y] of points) g.lineTo(x, y);
  g.closePath();
  g.fill();
}

// Themes with a line colour draw everything with an ink outline.
export function outline(g, palette, width = 1.4) {
  if (!palette.hasOutlines) return;
  g.strokeStyle = palette.line;
  g.lineWidth = width;
  g.stroke();
}

// A round, soft-edged spot of light or cloud; `stops` are [position, colour].
export function softSpot(radius, stops) {
  const canvas = createCanvas(radius * 2, radius * 2);
  const g = canvas.getContext("2d");
  const gradient = g.createRadialGradient(radius, radius, 0, radius, radius, radius);
  for (const [position, color] of stops) gradient.addColorStop(position, color);
  g.fillStyle = gradient;
  g.fillRect(0, 0, radius * 2, radius * 2);
  return canvas;
}
