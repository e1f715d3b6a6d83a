// The ground: painted once per theme into one large bitmap, then shown through a buffer that is
// scaled only when the zoom changes. Copying pixels 1:1 is what keeps slow machines smooth.

import { createCanvas, fillEllipse, FULL_TURN, outline } from "./canvas.js";
import { fade, mix } from "./palette.js";

const DENSITY = 1.4;
const MARGIN = 180;

export function paintGround(map, palette) {
  const image = createCanvas(map.width * DENSITY, map.height * DENSITY);
  const g = image.getContext("2d");
  g.scale(DENSITY, DENSITY);
  g.lineCap = g.lineJoin = "round";
  g.fillStyle = palette.grass;
  g.fillRect(0, 0, map.width, map.height);
  g.globalAlpha = 0.75;
  for (const [x, y, radius, flatness, turn] of map.patches) {
    fillEllipse(g, palette.grass2, x, y, radius, radius * flatness, turn * 0.2);
  }
  g.globalAlpha = 1;
  for (const tuft of map.tufts) paintTuft(g, tuft, palette);
  for (const house of map.houses) paintFootpath(g, house, palette);
  paintRoads(g, map, palette.roadEdge, 7);
  paintRoads(g, map, palette.road, 0);
  paintPebbles(g, map, palette);
  paintPaving(g, map.square, palette);
  for (const pond of map.ponds) paintPond(g, pond, palette);
  return image;
}

function paintTuft(g, [x, y, kind], palette) {
  if (kind < 0.5) {
    g.strokeStyle = mix(palette.grass2, palette.leaf1, 0.5);
    g.lineWidth = 1.6;
    g.beginPath();
    for (const [foot, tip, height] of [
      [0, -2.5, 6],
      [3, 3.5, 8],
      [6, 9, 5],
    ]) {
      g.moveTo(x + foot, y);
      g.lineTo(x + tip, y - height);
    }
    g.stroke();
  } else if (kind < 0.62) {
    const flower = [palette.roof1, palette.roof3, palette.wall][Math.floor(kind * 100) % 3];
    for (let i = 0; i < 4; i++)
      fillEllipse(g, flower, x + i * 7 - (i % 2) * 3, y + (i % 2) * 6, 2, 2);
  } else if (kind < 0.66) {
    fillEllipse(g, mix(palette.roadEdge, palette.muted, 0.3), x, y, 5, 3.4);
    fillEllipse(g, mix(palette.roadEdge, palette.wall, 0.5), x - 1, y - 1, 3, 1.8);
  }
}

function paintFootpath(g, house, palette) {
  const [gateX, gateY] = house.gate;
  g.strokeStyle = mix(palette.road, palette.grass, 0.35);
  g.lineWidth = 11;
  g.beginPath();
  g.moveTo(house.x, house.y + 40 * house.scale);
  g.lineTo(gateX, gateY);
  g.stroke();
}

function paintRoads(g, map, color, extra) {
  g.strokeStyle = color;
  for (const road of map.roads) {
    g.lineWidth = road.width + extra;
    g.beginPath();
    g.moveTo(...road.points[0]);
    road.points.forEach(([x, y], i) => {
      const [nextX, nextY] = road.points[i + 1] ?? [x, y];
      g.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
    });
    g.stroke();
  }
  const { x, y, rx, ry } = map.square;
  fillEllipse(g, color, x, y, rx + extra / 2, ry + extra / 2);
}

function paintPebbles(g, map, palette) {
  g.globalAlpha = 0.5;
  map.roads.forEach((road, number) =>
    road.points.forEach(([x, y], i) => {
      const noise = Math.sin(i * 12.9 + number * 7) * 43758.5;
      const across = noise - Math.floor(noise);
      const along = (across * 7) % 1;
      const { width } = road;
      const px = x + (across - 0.5) * width * 0.7;
      fillEllipse(g, palette.roadEdge, px, y + (along - 0.5) * width * 0.6, 2.6, 1.6);
    }),
  );
  g.globalAlpha = 1;
}

function paintPaving(g, { x, y, rx, ry }, palette) {
  g.strokeStyle = fade(palette.roadEdge, 0.65);
  g.lineWidth = 1.6;
  for (let ring = 1; ring < 5; ring++) {
    const size = 0.3 + ring * 0.16;
    g.beginPath();
    g.ellipse(x, y, rx * size, ry * size, 0, 0, FULL_TURN);
    g.stroke();
  }
  for (let joint = 0; joint < 28; joint++) {
    const angle = (joint / 28) * FULL_TURN;
    g.beginPath();
    g.moveTo(x + Math.cos(angle) * rx * 0.46, y + Math.sin(angle) * ry * 0.46);
    g.lineTo(x + Math.cos(angle) * rx * 0.94, y + Math.sin(angle) * ry * 0.94);
    g.stroke();
  }
}

function paintPond(g, pond, palette) {
  const bank = (margin, color) => {
    traceBank(g, pond, margin);
    g.fillStyle = color;
    g.fill();
  };
  bank(15, mix(palette.grass2, palette.leaf1, 0.35));
  bank(6, mix(palette.roadEdge, palette.water, 0.35));
  bank(0, palette.water);
  outline(g, palette);
  g.save();
  traceBank(g, pond, 0);
  g.clip();
  const { x, y, rx, ry } = pond;
  fillEllipse(g, palette.water2, x - rx * 0.12, y - ry * 0.16, rx * 0.74, ry * 0.64);
  g.restore();
  paintLilies(g, pond, palette);
  paintReeds(g, pond, palette);
}

// A slightly uneven oval.
function traceBank(g, pond, margin) {
  g.beginPath();
  for (let i = 0; i <= 40; i++) {
    const angle = (i / 40) * FULL_TURN;
    const uneven =
      1 + 0.07 * Math.sin(angle * 3 + pond.phase) + 0.04 * Math.sin(angle * 5 + pond.phase * 2);
    g.lineTo(
      pond.x + Math.cos(angle) * (pond.rx + margin) * uneven,
      pond.y + Math.sin(angle) * (pond.ry + margin) * uneven,
    );
  }
  g.closePath();
}

function paintLilies(g, pond, palette) {
  for (let i = 0; i < 7; i++) {
    const angle = pond.phase + i * 0.9;
    const out = 0.55 + (i % 3) * 0.12;
    const x = pond.x + Math.cos(angle) * pond.rx * out;
    const y = pond.y + Math.sin(angle) * pond.ry * out;
    g.fillStyle = i % 2 ? palette.leaf2 : palette.leaf1;
    g.beginPath();
    g.ellipse(x, y, 9, 5.5, 0, 0.5, 6.1);
    g.lineTo(x, y);
    g.fill();
    if (i % 3 === 0) fillEllipse(g, palette.roof1, x, y - 2, 3, 2.4);
  }
}

function paintReeds(g, pond, palette) {
  g.strokeStyle = palette.leaf3;
  g.lineWidth = 2.2;
  for (let i = 0; i < 16; i++) {
    const angle = pond.phase * 2 + i * 0.13;
    const x = pond.x + Math.cos(angle) * (pond.rx + 4);
    const y = pond.y + Math.sin(angle) * (pond.ry + 4);
    g.beginPath();
    g.moveTo(x, y);
    g.quadraticCurveTo(x + 1, y - 12, x + 4 - (i % 3) * 3, y - 18 - (i % 4) * 2);
    g.stroke();
  }
}

// Shows the part of the ground that the camera sees.
export function createGroundView() {
  const buffer = createCanvas(1, 1);
  const bufferContext = buffer.getContext("2d", { alpha: false });
  let shown = { image: null, zoom: 0, x: 0, y: 0 };

  function rescale(image, left, top, zoom, width, height, density, background) {
    if (buffer.width !== width || buffer.height !== height) {
      buffer.width = width;
      buffer.height = height;
    }
    shown = { image, zoom, x: left - MARGIN / zoom, y: top - MARGIN / zoom };
    const scale = zoom * density;
    bufferContext.fillStyle = background;
    bufferContext.fillRect(0, 0, width, height);
    bufferContext.drawImage(
      image,
      shown.x * DENSITY,
      shown.y * DENSITY,
      (width / scale) * DENSITY,
      (height / scale) * DENSITY,
      0,
      0,
      width,
      height,
    );
  }

  return function draw(g, image, { left, top, zoom, density, width, height }, background) {
    const bufferWidth = Math.round((width + 2 * MARGIN) * density);
    const bufferHeight = Math.round((height + 2 * MARGIN) * density);
    const offset = () => [(left - shown.x) * zoom, (top - shown.y) * zoom];
    const fits =
      shown.image === image &&
      shown.zoom === zoom &&
      buffer.width === bufferWidth &&
      buffer.height === bufferHeight &&
      offset().every((value) => value >= 0 && value <= 2 * MARGIN);
    if (!fits) rescale(image, left, top, zoom, bufferWidth, bufferHeight, density, background);
    const [x, y] = offset().map((value) => Math.round(value * density));
    const w = Math.round(width * density);
    const h = Math.round(height * density);
    g.setTransform(1, 0, 0, 1, 0, 0);
    g.drawImage(buffer, x, y, w, h, 0, 0, w, h);
  };
}
