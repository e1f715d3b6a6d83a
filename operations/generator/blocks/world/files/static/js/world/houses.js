// Houses, each painted once per theme; snow, smoke and lit windows are drawn over them.

import {
  createCanvas,
  fillEllipse,
  fillPolygon,
  fillRoundRect,
  outline,
  SHADOW,
} from "./canvas.js";
import { mix } from "./palette.js";

const DENSITY = 2.4;
const WIDTH = 190;
const HEIGHT = 210;
const FLOOR = 40;
const SHAPES = {
  cottage: { half: 50, wall: 54, roof: 50 },
  hall: { half: 66, wall: 54, roof: 50 },
  tall: { half: 40, wall: 84, roof: 46 },
};

export const floorOf = (house) => house.y + FLOOR * house.scale;

export function paintHouse(house, palette) {
  const image = createCanvas(WIDTH * DENSITY, HEIGHT * DENSITY);
  const g = image.getContext("2d");
  g.scale(DENSITY, DENSITY);
  if (house.flip) {
    g.translate(WIDTH, 0);
    g.scale(-1, 1);
  }
  const x = WIDTH / 2;
  const y = HEIGHT - 34;
  const shape = SHAPES[house.kind];
  paintWalls(g, x, y, shape, house, palette);
  paintRoof(g, x, y, shape, palette[`roof${house.roof}`], palette);
  paintDoor(g, x, y, palette);
  const windows = windowsOf(house.kind, shape);
  for (const spot of windows) paintWindow(g, x, y, spot, palette);
  return {
    house,
    image,
    width: WIDTH,
    height: HEIGHT,
    anchorX: x,
    anchorY: y,
    // Middles of the panes from the door's foot, as they appear (mirrored or not).
    panes: windows.map(([dx, dy, size]) => [
      (dx + size / 2) * (house.flip ? -1 : 1),
      dy + size / 2,
      size,
    ]),
  };
}

function paintWalls(g, x, y, { half, wall }, house, palette) {
  fillPolygon(g, SHADOW, [
    [x - half, y],
    [x + half, y],
    [x + half + 26, y + 16],
    [x - half + 18, y + 16],
  ]);
  g.fillStyle = mix(palette.trunk, palette.roadEdge, 0.4);
  g.fillRect(x - half - 1, y - 6, half * 2 + 2, 8);
  g.fillStyle = palette.wall;
  g.beginPath();
  g.rect(x - half, y - wall, half * 2, wall - 4);
  g.fill();
  outline(g, palette, 1.5);
  g.fillStyle = mix(palette.wall, palette.trunk, 0.17);
  g.fillRect(x + half * 0.34, y - wall, half * 0.66, wall - 4);
  if (house.kind === "cottage") return;
  g.fillStyle = palette.trunk;
  for (const beam of [-1, -0.33, 0.34, 1]) g.fillRect(x + half * beam - 1.5, y - wall, 3, wall - 4);
  g.fillRect(x - half, y - wall + (house.kind === "tall" ? 40 : 22), half * 2, 3);
}

function paintRoof(g, x, y, { half, wall, roof: height }, color, palette) {
  const dark = mix(color, palette.trunk, 0.32);
  const eaves = y - wall;
  const ridge = eaves - height;
  const top = half * 0.58;
  fillRoundRect(g, mix(color, palette.trunk, 0.1), x + half * 0.42, ridge - 12, 13, 34, 2);
  outline(g, palette, 1.5);
  g.fillStyle = dark;
  g.fillRect(x + half * 0.42 - 2, ridge - 14, 17, 5);
  fillPolygon(g, color, [
    [x - half - 12, eaves + 5],
    [x - top, ridge],
    [x + top, ridge],
    [x + half + 12, eaves + 5],
  ]);
  outline(g, palette, 1.8);
  g.save();
  g.clip();
  g.globalAlpha = 0.55;
  shadeRoof(g, dark, x, half, eaves, ridge);
  g.globalAlpha = 0.35;
  g.fillStyle = dark;
  for (let row = 1; row < 4; row++) g.fillRect(x - 100, ridge + (row * height) / 4 + 1, 200, 2);
  g.globalAlpha = 0.8;
  g.fillStyle = mix(color, palette.wall, 0.35);
  g.fillRect(x - top, ridge, top * 2, 3);
  g.restore();
}

// The side of the roof that lies in shade.
function shadeRoof(g, color, x, half, eaves, ridge) {
  fillPolygon(g, color, [
    [x + half * 0.34, eaves + 6],
    [x + half * 0.3, ridge],
    [x + half + 20, ridge],
    [x + half + 20, eaves + 6],
  ]);
}

function paintDoor(g, x, y, palette) {
  fillRoundRect(g, mix(palette.trunk, palette.roof2, 0.1), x - 10, y - 36, 20, 35, [10, 10, 0, 0]);
  outline(g, palette, 1.2);
  fillEllipse(g, palette.lamp, x + 5, y - 17, 1.7, 1.7);
  fillRoundRect(g, mix(palette.road, palette.roadEdge, 0.5), x - 15, y - 3, 30, 7, 2);
}

// [left, top, size] from the door's foot.
function windowsOf(kind, { half }) {
  const windows = [
    [-half * 0.74, -34, 15],
    [half * 0.46, -34, 15],
  ];
  if (kind === "tall") windows.push([-half * 0.74, -76, 14], [half * 0.4, -76, 14]);
  if (kind === "hall") windows.push([-half * 0.42, -34, 13]);
  return windows;
}

function paintWindow(g, x, y, [dx, dy, size], palette) {
  const left = x + dx;
  const top = y + dy;
  g.fillStyle = palette.trunk;
  g.fillRect(left - 1.5, top - 1.5, size + 3, size + 4);
  g.fillStyle = mix(palette.water, palette.wall, 0.55);
  g.fillRect(left, top, size, size + 1);
  g.fillStyle = palette.trunk;
  g.fillRect(left + size / 2 - 0.7, top, 1.4, size);
  g.fillRect(left, top + size / 2 - 0.7, size, 1.4);
  g.fillStyle = palette.roof1;
  g.fillRect(left - 2, top + size + 1, size + 4, 3.4);
  for (let i = 0; i < 4; i++) {
    fillEllipse(g, palette.leaf2, left + i * (size / 3), top + size + 0.6, 2.6, 2.2);
  }
}

export function drawRoofSnow(g, house, depth) {
  const { half, wall, roof } = SHAPES[house.kind];
  const k = house.scale;
  const eaves = floorOf(house) - wall * k;
  const ridge = eaves - roof * k;
  g.fillStyle = `rgb(248 251 255 / ${depth * 0.85})`;
  g.beginPath();
  g.moveTo(house.x - half * k * 0.58, ridge - 2);
  g.lineTo(house.x + half * k * 0.58, ridge - 2);
  g.lineTo(house.x + half * k * 0.86, eaves - roof * k * 0.42);
  for (let i = 0; i < 6; i++) {
    const at = (share) => house.x + half * k * share;
    g.quadraticCurveTo(
      at(0.72 - i * 0.29),
      eaves - roof * k * (0.1 + (i % 2) * 0.22),
      at(0.57 - i * 0.29),
      eaves - roof * k * 0.42,
    );
  }
  g.fill();
}

export function drawSmoke(g, house, now) {
  const k = house.scale;
  const side = house.flip ? -1 : 1;
  const chimney = house.y - (house.kind === "tall" ? 104 : 74) * k;
  for (let puff = 0; puff < 3; puff++) {
    const rise = (now / 3600 + puff / 3 + house.x) % 1;
    const color = `rgb(235 235 240 / ${0.34 * (1 - rise)})`;
    const x = house.x + side * 24 * k + rise * 16;
    fillEllipse(g, color, x, chimney - rise * 34, 4 + rise * 8, 4 + rise * 8);
  }
}

// `glow` is the light that falls out of a window; null to leave it away.
export function drawLitWindows(g, sprite, glow, darkness, palette) {
  const { house } = sprite;
  const k = house.scale;
  for (const [dx, dy, paneSize] of sprite.panes) {
    const x = house.x + dx * k;
    const y = floorOf(house) + dy * k;
    const size = paneSize * k;
    g.globalCompositeOperation = "source-over";
    g.globalAlpha = darkness * 0.92;
    g.fillStyle = palette.lamp;
    g.fillRect(x - size / 2, y - size / 2, size, size);
    g.globalAlpha = darkness * 0.55;
    g.fillStyle = palette.trunk;
    g.fillRect(x - 0.7 * k, y - size / 2, 1.4 * k, size);
    g.fillRect(x - size / 2, y - 0.7 * k, size, 1.4 * k);
    if (!glow) continue;
    g.globalCompositeOperation = "lighter";
    g.globalAlpha = darkness * 0.42;
    g.drawImage(glow, x - 46 * k, y - 46 * k, 92 * k, 92 * k);
  }
}
