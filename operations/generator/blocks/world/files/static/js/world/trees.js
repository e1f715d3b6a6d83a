// Eight kinds of trees and bushes, each painted once per theme.

import { createCanvas, fillEllipse, fillRoundRect, outline } from "./canvas.js";
import { mix } from "./palette.js";

const DENSITY = 2.4;
const WIDTH = 92;
const HEIGHT = 108;
const KINDS = 8;
const FIRS = [2, 5];
const BUSH = 7;
// The radius a sprite is painted for; a tree is drawn at its own radius over this.
const PAINTED_RADIUS = 26;

export function paintTrees(palette) {
  return Array.from({ length: KINDS }, (_, kind) => paintTree(kind, palette));
}

function paintTree(kind, palette) {
  const image = createCanvas(WIDTH * DENSITY, HEIGHT * DENSITY);
  const g = image.getContext("2d");
  g.scale(DENSITY, DENSITY);
  const x = WIDTH / 2;
  const y = HEIGHT - 12;
  const base = [palette.leaf1, palette.leaf2, palette.leaf3][kind % 3];
  const tones = { base, light: mix(base, palette.wall, 0.2), dark: mix(base, palette.trunk, 0.25) };
  fillEllipse(g, "rgb(20 30 20 / 0.2)", x + 6, y + 2, PAINTED_RADIUS * 0.95, PAINTED_RADIUS * 0.38);
  if (kind === BUSH) paintBush(g, x, y, tones, palette);
  else {
    fillRoundRect(g, palette.trunk, x - 4, y - 26, 8, 28, 3);
    if (FIRS.includes(kind)) paintFir(g, x, y, tones, palette);
    else paintCrown(g, x, y, tones, palette, kind);
  }
  return { image, width: WIDTH, height: HEIGHT, anchorX: x, anchorY: y, radius: PAINTED_RADIUS };
}

function paintFir(g, x, y, tones, palette) {
  [tones.dark, tones.base, tones.light].forEach((color, tier) => {
    const foot = y - 14 - tier * 18;
    const half = 27 - tier * 6.5;
    g.fillStyle = color;
    g.beginPath();
    g.moveTo(x, foot - 34);
    g.quadraticCurveTo(x + half * 0.5, foot - 8, x + half, foot);
    g.quadraticCurveTo(x, foot + 8, x - half, foot);
    g.quadraticCurveTo(x - half * 0.5, foot - 8, x, foot - 34);
    g.fill();
    outline(g, palette, 1.3);
  });
}

function paintBush(g, x, y, tones, palette) {
  fillEllipse(g, tones.dark, x - 13, y - 10, 15, 13);
  outline(g, palette, 1.3);
  fillEllipse(g, tones.base, x + 11, y - 11, 17, 15);
  outline(g, palette, 1.3);
  fillEllipse(g, tones.light, x, y - 18, 15, 12);
  for (const [dx, dy] of [
    [-8, -16],
    [6, -10],
    [14, -18],
    [0, -24],
  ]) {
    fillEllipse(g, palette.roof1, x + dx, y + dy, 2.4, 2.4);
  }
}

function paintCrown(g, x, y, tones, palette, kind) {
  const puffs = [
    [0, -46, 26],
    [-15, -38, 17],
    [16, -39, 17],
    [4, -60, 18],
  ];
  const tracePuffs = (dx, dy, size) => {
    g.beginPath();
    for (const [px, py, radius] of puffs) {
      g.moveTo(x + px + dx + radius * size, y + py + dy);
      g.arc(x + px + dx, y + py + dy, radius * size, 0, 7);
    }
  };
  tracePuffs(0, 0, 1);
  outline(g, palette, 2.6);
  g.fillStyle = tones.dark;
  g.fill();
  tracePuffs(-2, -3, 0.86);
  g.fillStyle = tones.base;
  g.fill();
  for (const [dx, dy, radius] of [
    [-8, -58, 11],
    [-17, -44, 7],
    [8, -68, 6],
  ]) {
    fillEllipse(g, tones.light, x + dx, y + dy, radius, radius * 0.85);
  }
  const fruit = { 1: palette.roof1, 4: palette.roof3 }[kind];
  if (!fruit) return;
  for (const [dx, dy] of [
    [-14, -36],
    [10, -54],
    [16, -36],
    [-4, -30],
    [-6, -66],
  ]) {
    fillEllipse(g, fruit, x + dx, y + dy, 3.4, 3.4);
  }
}
