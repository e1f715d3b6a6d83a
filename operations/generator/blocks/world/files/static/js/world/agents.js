// Draws the agents. Each look is one sheet of 3 facings × 4 steps, painted when first needed.

import { createCanvas, fillEllipse, fillRoundRect } from "./canvas.js";
import { lookOf, STYLE } from "./looks.js";
import { mix } from "./palette.js";

const WIDTH = 40;
const HEIGHT = 58;
const DENSITY = 3;
const FRONT = 0;
const BACK = 1;
const SIDE = 2;
const STEPS = 4;
const EYES = "#241a16";
const WALKING_ABOVE = 4;

const sheets = new Map();

// The sheets hold the theme's colours.
export const forgetSheets = () => sheets.clear();

function sheetOf(number, palette) {
  if (!sheets.has(number)) {
    const sheet = createCanvas(WIDTH * 3 * STEPS * DENSITY, HEIGHT * DENSITY);
    const g = sheet.getContext("2d");
    g.scale(DENSITY, DENSITY);
    for (let facing = 0; facing < 3; facing++) {
      for (let step = 0; step < STEPS; step++) {
        const x = (facing * STEPS + step) * WIDTH + WIDTH / 2;
        paintFigure(g, x, HEIGHT - 6, facing, step, lookOf(number), palette);
      }
    }
    sheets.set(number, sheet);
  }
  return sheets.get(number);
}

function paintFigure(g, x, ground, facing, step, look, palette) {
  const swing = [0, 1, 0, -1][step];
  const lift = step % 2 ? 1.6 : 0;
  const y = ground - lift;
  const shade = mix(look.top, "#101418", 0.22);
  if (palette.hasOutlines) paintOutline(g, x, y, palette);
  paintLegs(g, x, ground, facing, swing, look);
  if (facing === SIDE) fillRoundRect(g, shade, x - 2 - swing * 4, y - 28, 5, 14, 3);
  else paintArms(g, x, y, swing, look, shade);
  paintBody(g, x, y, facing, look, shade);
  if (facing === SIDE) {
    fillRoundRect(g, shade, x - 2.5 + swing * 4, y - 28, 5.5, 14, 3);
    fillEllipse(g, look.skin, x + 0.4 + swing * 4, y - 13.5, 2.6, 2.6);
  }
  if (look.style === STYLE.scarf) fillRoundRect(g, palette.roof1, x - 7, y - 33.5, 14, 4.5, 2);
  fillEllipse(g, look.skin, x, y - 39, 9.6, 9.9);
  paintHair(g, x, y, facing, look);
  if (look.style === STYLE.hat) paintHat(g, x, y, palette);
  paintFace(g, x, y, facing, look);
}

function paintOutline(g, x, y, palette) {
  g.strokeStyle = palette.line;
  g.lineWidth = 2.4;
  g.lineJoin = "round";
  g.beginPath();
  g.roundRect(x - 9, y - 31, 18, 25, 8);
  g.stroke();
  g.beginPath();
  g.arc(x, y - 38, 9.6, 0, 7);
  g.stroke();
}

function paintLegs(g, x, ground, facing, swing, { legs }) {
  if (facing === SIDE) {
    const height = 10 - Math.abs(swing);
    fillRoundRect(g, mix(legs, "#000", 0.2), x - 2.5 + swing * 4, ground - 9, 5, height, 2);
    fillRoundRect(g, legs, x - 2.5 - swing * 4, ground - 9, 5, height, 2);
  } else {
    fillRoundRect(g, legs, x - 6, ground - 9 - Math.max(0, swing) * 2.5, 5, 10, 2);
    fillRoundRect(g, legs, x + 1, ground - 9 + Math.min(0, swing) * 2.5, 5, 10, 2);
  }
}

function paintArms(g, x, y, swing, { skin }, shade) {
  for (const side of [-1, 1]) {
    const raise = side * swing * -1.5;
    fillRoundRect(g, shade, side < 0 ? x - 12.5 : x + 7, y - 29 + raise, 5.5, 15, 3);
    fillEllipse(g, skin, x + side * 9.8, y - 13.5 + raise, 2.6, 2.6);
  }
}

function paintBody(g, x, y, facing, look, shade) {
  if (look.wearsDress) {
    g.fillStyle = look.top;
    g.beginPath();
    g.moveTo(x - 7, y - 31);
    g.quadraticCurveTo(x, y - 34, x + 7, y - 31);
    g.lineTo(x + 10.5, y - 6);
    g.quadraticCurveTo(x, y - 3, x - 10.5, y - 6);
    g.fill();
    fillRoundRect(g, shade, x - 8, y - 19, 16, 2.6, 1);
    return;
  }
  const half = facing === SIDE ? 7.5 : 9;
  fillRoundRect(g, look.top, x - half, y - 32, half * 2, 25, 7);
  if (facing === FRONT) fillRoundRect(g, shade, x - 1, y - 30, 2, 20, 1);
  if (look.style === STYLE.belt) fillRoundRect(g, shade, x - 9, y - 14, 18, 3, 1);
}

function paintHair(g, x, y, facing, look) {
  g.fillStyle = look.hair;
  g.beginPath();
  if (facing === FRONT) {
    g.arc(x, y - 40, 10.2, Math.PI * 0.98, Math.PI * 2.02);
    g.quadraticCurveTo(x + 4, y - 44, x - 2, y - 44.5);
    g.quadraticCurveTo(x - 8, y - 44, x - 10, y - 39);
  } else if (facing === BACK) {
    g.arc(x, y - 39.5, 10.2, Math.PI * 0.9, Math.PI * 2.1);
  } else {
    g.arc(x, y - 40, 10.2, Math.PI * 0.75, Math.PI * 1.9);
    g.quadraticCurveTo(x + 2, y - 43, x - 1, y - 38);
  }
  g.fill();
  if (look.style === STYLE.longHair) paintLongHair(g, x, y, facing, look.hair);
  if (look.hasBun) fillEllipse(g, look.hair, x + (facing === SIDE ? -6 : 0), y - 50, 4, 4);
}

function paintLongHair(g, x, y, facing, color) {
  if (facing === BACK) fillRoundRect(g, color, x - 9, y - 42, 18, 16, 6);
  else if (facing === SIDE) fillRoundRect(g, color, x - 11, y - 42, 7, 15, 4);
  else {
    fillRoundRect(g, color, x - 11, y - 42, 4.5, 14, 3);
    fillRoundRect(g, color, x + 6.5, y - 42, 4.5, 14, 3);
  }
}

function paintHat(g, x, y, palette) {
  fillEllipse(g, palette.roof3, x, y - 46.5, 13, 3.2);
  fillRoundRect(g, palette.roof3, x - 7.5, y - 53, 15, 8, 4);
  fillRoundRect(g, palette.trunk, x - 7.5, y - 48.4, 15, 2.4, 0);
}

function paintFace(g, x, y, facing, { skin }) {
  if (facing === SIDE) {
    fillEllipse(g, EYES, x + 5.2, y - 38.4, 1.2, 1.5);
    fillEllipse(g, skin, x + 9.4, y - 36.8, 1.6, 1.4);
  }
  if (facing !== FRONT) return;
  for (const side of [-1, 1]) {
    fillEllipse(g, EYES, x + side * 3.6, y - 38, 1.25, 1.5);
    fillEllipse(g, "rgb(220 90 70 / 0.32)", x + side * 6, y - 35.4, 1.7, 1.1);
  }
  g.strokeStyle = "#7a3f30";
  g.lineWidth = 1.1;
  g.beginPath();
  g.arc(x, y - 35.4, 2.4, 0.35, 2.8);
  g.stroke();
}

// `agent` as the store gives it; `isWet` brings out the umbrellas.
export function drawAgent(g, agent, now, palette, { isSelected, isHovered, isWet, calm }) {
  const isWalking = agent.speed > WALKING_ABOVE && !calm;
  const step = isWalking ? Math.floor(now / 130 + agent.phase) % STEPS : 0;
  const facing = facingOf(agent.heading);
  const flipped = facing === SIDE && Math.cos(agent.heading) < 0;
  const breath = isWalking || calm ? 0 : Math.sin(now / 620 + agent.phase * 3) * 0.5;
  fillEllipse(g, "rgb(20 25 30 / 0.22)", agent.x + 3, agent.y + 1, 12, 4.6);
  if (isSelected) {
    strokeRing(g, agent, palette.primary, 3.2, 19, 9);
    strokeRing(g, agent, "rgb(255 255 255 / 0.9)", 1.2, 21.4, 10.6);
  } else if (isHovered) strokeRing(g, agent, "rgb(255 255 255 / 0.85)", 2, 17, 8);

  const sheet = sheetOf(agent.look, palette);
  const source = (facing * STEPS + step) * WIDTH * DENSITY;
  const top = agent.y - HEIGHT + 6 + breath;
  const draw = (left) =>
    g.drawImage(
      sheet,
      source,
      0,
      WIDTH * DENSITY,
      HEIGHT * DENSITY,
      left,
      top,
      WIDTH,
      HEIGHT - breath,
    );
  if (flipped) {
    g.save();
    g.translate(agent.x, 0);
    g.scale(-1, 1);
    draw(-WIDTH / 2);
    g.restore();
  } else draw(agent.x - WIDTH / 2);
  if (isWet && lookOf(agent.look).hasUmbrella) drawUmbrella(g, agent, palette);
}

function facingOf(heading) {
  if (Math.abs(Math.cos(heading)) > 0.62) return SIDE;
  return Math.sin(heading) > 0 ? FRONT : BACK;
}

function strokeRing(g, { x, y }, color, width, rx, ry) {
  g.strokeStyle = color;
  g.lineWidth = width;
  g.beginPath();
  g.ellipse(x, y, rx, ry, 0, 0, 7);
  g.stroke();
}

function drawUmbrella(g, { x, y, look }, palette) {
  const rim = y - 56;
  g.strokeStyle = "#3a3330";
  g.lineWidth = 1.6;
  g.beginPath();
  g.moveTo(x + 9, y - 20);
  g.lineTo(x + 5, rim - 6);
  g.stroke();
  g.fillStyle = [palette.roof1, palette.roof2, palette.roof3][look % 3];
  g.beginPath();
  g.ellipse(x + 4, rim, 21, 14, 0, Math.PI, 0);
  for (let i = 0; i < 4; i++) {
    const right = x + 25 - i * 10.5;
    g.quadraticCurveTo(right - 5.2, rim - 5, right - 10.5, rim);
  }
  g.fill();
}
