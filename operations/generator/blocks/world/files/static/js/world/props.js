// What stands about on the square and along the roads: lamps, benches, stalls, the fountain; ripples.

import { fillEllipse, fillPolygon, fillRoundRect } from "./canvas.js";

const woodOf = (palette) => (palette.hasOutlines ? palette.line : palette.trunk);

export function drawLamp(g, { x, y }, palette) {
  const wood = woodOf(palette);
  fillEllipse(g, "rgb(20 25 30 / 0.2)", x + 2, y + 1, 7, 3);
  g.fillStyle = wood;
  g.fillRect(x - 1.6, y - 38, 3.2, 38);
  g.fillRect(x - 4, y - 3, 8, 3);
  fillRoundRect(g, palette.lamp, x - 5, y - 48, 10, 11, 3);
  fillPolygon(g, wood, [
    [x - 7, y - 47],
    [x, y - 53],
    [x + 7, y - 47],
  ]);
}

export function drawBench(g, { x, y }, palette) {
  g.fillStyle = "rgb(20 25 30 / 0.18)";
  g.fillRect(x - 20, y - 1, 44, 6);
  g.fillStyle = palette.trunk;
  g.fillRect(x - 20, y - 20, 40, 4);
  g.fillRect(x - 20, y - 13, 40, 4);
  g.fillRect(x - 22, y - 7, 44, 5);
  g.fillRect(x - 18, y - 20, 3, 22);
  g.fillRect(x + 15, y - 20, 3, 22);
}

export function drawStall(g, { x, y, color }, palette) {
  g.fillStyle = "rgb(20 25 30 / 0.2)";
  g.fillRect(x - 30, y - 3, 68, 10);
  g.fillStyle = palette.trunk;
  g.fillRect(x - 30, y - 20, 60, 20);
  g.fillStyle = palette.wall;
  g.fillRect(x - 32, y - 23, 64, 5);
  g.fillStyle = palette.trunk;
  g.fillRect(x - 29, y - 52, 3, 32);
  g.fillRect(x + 26, y - 52, 3, 32);
  drawAwning(g, x, y, palette.wall, palette[`roof${color}`]);
  drawWares(g, x, y, palette);
  if (palette.hasOutlines) {
    g.strokeStyle = palette.line;
    g.lineWidth = 1.3;
    g.strokeRect(x - 30, y - 22, 60, 22);
  }
}

function drawAwning(g, x, y, light, stripe) {
  for (let i = 0; i < 6; i++) {
    g.fillStyle = i % 2 ? light : stripe;
    g.beginPath();
    g.moveTo(x - 36 + i * 12, y - 46);
    g.lineTo(x - 30 + i * 10, y - 66);
    g.lineTo(x - 20 + i * 10, y - 66);
    g.lineTo(x - 24 + i * 12, y - 46);
    g.arc(x - 30 + i * 12, y - 46, 6, 0, Math.PI);
    g.fill();
  }
}

function drawWares(g, x, y, palette) {
  const heaps = [palette.roof1, palette.roof3, palette.leaf2, palette.roof3, palette.roof1];
  heaps.forEach((color, heap) => {
    for (let i = 0; i < 3; i++) {
      fillEllipse(g, color, x - 24 + heap * 12 + i * 3, y - 26 - (i % 2) * 3, 3, 3);
    }
  });
}

export function drawFountain(g, { x, y }, palette, wave) {
  fillEllipse(g, "rgb(20 25 30 / 0.2)", x + 6, y + 10, 62, 34);
  fillEllipse(g, palette.hasOutlines ? palette.line : palette.roadEdge, x, y + 4, 58, 32);
  fillEllipse(g, palette.wall, x, y - 2, 58, 32);
  fillEllipse(g, palette.water, x, y - 1, 48, 25);
  fillEllipse(g, palette.water2, x, y, 30 + wave, 14 + wave / 2);
  fillRoundRect(g, palette.roadEdge, x - 6, y - 34, 12, 36, 3);
  fillEllipse(g, palette.wall, x, y - 34, 19, 8);
  fillEllipse(g, palette.water, x, y - 35, 14, 5);
  g.strokeStyle = "rgb(255 255 255 / 0.75)";
  g.lineWidth = 1.8;
  g.beginPath();
  for (const jet of [-2, -1, 1, 2]) {
    g.moveTo(x, y - 52);
    g.quadraticCurveTo(x + jet * 10, y - 58, x + jet * 15, y - 8 + jet * jet);
  }
  g.stroke();
}

export function drawRipples(g, pond, now) {
  g.strokeStyle = "rgb(255 255 255 / 0.4)";
  g.lineWidth = 1.5;
  g.beginPath();
  for (let i = 0; i < 5; i++) {
    const drift = (now / 5200 + i * 0.2) % 1;
    const x = pond.x - pond.rx * 0.5 + i * pond.rx * 0.23;
    const y = pond.y - pond.ry * 0.4 + drift * pond.ry * 0.8;
    const half = Math.sin(drift * Math.PI) * 15;
    g.moveTo(x - half, y);
    g.quadraticCurveTo(x, y - 3, x + half, y);
  }
  g.stroke();
}
