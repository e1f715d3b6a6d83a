// Puts the picture together, frame by frame: ground, ripples, then everything that stands or walks from
// back to front, then light and weather, and the bubbles on top.

import { drawAgent, forgetSheets } from "./agents.js";
import { drawBubbles } from "./bubbles.js";
import { createCanvas, softSpot } from "./canvas.js";
import { lightAt } from "./daylight.js";
import { createGroundView, paintGround } from "./ground.js";
import { drawLitWindows, drawRoofSnow, drawSmoke, floorOf, paintHouse } from "./houses.js";
import { fade, readPalette } from "./palette.js";
import { drawBench, drawFountain, drawLamp, drawRipples, drawStall } from "./props.js";
import { paintTrees } from "./trees.js";
import { createWeather } from "./weather.js";

const MOST_DENSITY = 2;
const UMBRELLAS_ABOVE = 0.35;
const NIGHT_LIGHTS_ABOVE = 0.05;
// Trees are pre-scaled in steps, so that a few bitmaps serve them all.
const TREE_SIZE_STEP = 4;

export function createScene({ canvas, map, store, camera }) {
  const g = canvas.getContext("2d", { alpha: false });
  const weather = createWeather();
  const drawGround = createGroundView();
  const prescaled = createSpriteCache(g);
  let density = 1;
  let palette;
  let ground;
  let glow;
  let houses;
  let standing;

  // Call again when the theme changes.
  function dress() {
    palette = readPalette();
    forgetSheets();
    prescaled.clear();
    ground = paintGround(map, palette);
    glow = softSpot(64, [
      [0, fade(palette.lamp, 0.85)],
      [0.25, fade(palette.lamp, 0.38)],
      [1, fade(palette.lamp, 0)],
    ]);
    const trees = paintTrees(palette);
    houses = map.houses.map((house) => paintHouse(house, palette));
    standing = [
      ...map.trees.map((tree) => thing(tree, 60, drawTree(tree, trees[tree.variant]))),
      ...houses.map((sprite) => thing(sprite.house, 150, drawHouse(sprite), floorOf(sprite.house))),
      ...map.lamps.map((lamp) => thing(lamp, 60, () => drawLamp(g, lamp, palette))),
      ...map.props.map((prop) => {
        const draw = prop.kind === "bench" ? drawBench : drawStall;
        return thing(prop, 60, () => draw(g, prop, palette));
      }),
      thing(map.square, 90, drawSquare, map.square.y + 10),
    ].sort((a, b) => a.depth - b.depth);
  }

  const thing = (place, reach, draw, depth = place.y) => ({ x: place.x, depth, reach, draw });

  const drawSquare = (frame) =>
    drawFountain(g, map.square, palette, frame.calm ? 0 : Math.sin(frame.now / 500) * 2);

  function drawTree(tree, sprite) {
    return (frame) => {
      if (frame.lite && !camera.isZooming()) {
        const radius = Math.round(tree.radius / TREE_SIZE_STEP) * TREE_SIZE_STEP;
        prescaled.draw(sprite, tree.x, tree.y, radius / sprite.radius, frame);
        return;
      }
      const k = tree.radius / sprite.radius;
      const wind = 0.022 * (1 + weather.amount.rain);
      g.save();
      g.translate(tree.x, tree.y);
      if (!frame.calm) g.transform(1, 0, Math.sin(frame.now / 1500 + tree.x) * wind, 1, 0, 0);
      g.drawImage(
        sprite.image,
        -sprite.anchorX * k,
        -sprite.anchorY * k,
        sprite.width * k,
        sprite.height * k,
      );
      g.restore();
    };
  }

  function drawHouse(sprite) {
    const { house } = sprite;
    const k = house.scale;
    const floor = floorOf(house);
    const left = house.x - sprite.anchorX * k;
    const top = floor - sprite.anchorY * k;
    return (frame) => {
      if (frame.lite && !camera.isZooming()) prescaled.draw(sprite, house.x, floor, k, frame);
      else g.drawImage(sprite.image, left, top, sprite.width * k, sprite.height * k);
      const { snow, rain } = weather.amount;
      if (snow > 0.1) drawRoofSnow(g, house, snow);
      if (!frame.calm && snow + rain + frame.light.darkness > 0.5) drawSmoke(g, house, frame.now);
    };
  }

  // Everything from back to front: whoever is further down stands in front.
  function drawStanding(frame, { selected, hovered }) {
    const walking = [...store.agents.values()]
      .filter((agent) => !agent.hidden && isInView(frame, agent.x, agent.y, 40))
      .sort((a, b) => a.y - b.y);
    const isWet = weather.amount.rain > UMBRELLAS_ABOVE;
    let next = 0;
    const drawAgentsAbove = (depth) => {
      for (; next < walking.length && walking[next].y <= depth; next++) {
        const agent = walking[next];
        drawAgent(g, agent, frame.now, palette, {
          isSelected: agent.id === selected,
          isHovered: agent === hovered,
          isWet,
          calm: frame.calm,
        });
      }
    };
    for (const item of standing) {
      if (!isInView(frame, item.x, item.depth, item.reach)) continue;
      drawAgentsAbove(item.depth);
      item.draw(frame);
    }
    drawAgentsAbove(Infinity);
  }

  function drawNightLights(frame) {
    const { darkness } = frame.light;
    for (const sprite of houses) {
      if (isInView(frame, sprite.house.x, sprite.house.y, 160)) {
        drawLitWindows(g, sprite, frame.lite ? null : glow, darkness, palette);
      }
    }
    g.globalCompositeOperation = "lighter";
    g.globalAlpha = darkness * 0.75;
    for (const lamp of map.lamps) {
      if (!isInView(frame, lamp.x, lamp.y, 90)) continue;
      g.drawImage(glow, lamp.x - 84, lamp.y - 62, 168, 92);
      g.drawImage(glow, lamp.x - 22, lamp.y - 64, 44, 44);
    }
    g.globalAlpha = darkness * 0.6;
    g.drawImage(glow, map.square.x - 210, map.square.y - 140, 420, 280);
    g.globalAlpha = 1;
    g.globalCompositeOperation = "source-over";
  }

  function frameAt({ now, seconds, calm, lite }) {
    const { width, height } = camera.view;
    const { zoom } = camera;
    const left = camera.x - width / 2 / zoom;
    const top = camera.y - height / 2 / zoom;
    return {
      now,
      seconds,
      calm,
      lite,
      width,
      height,
      zoom,
      density,
      left,
      top,
      right: left + width / zoom,
      bottom: top + height / zoom,
      light: lightAt(store.hour, palette),
    };
  }

  // `selection` is {selected, hovered, panels}: an id, an agent, and the boxes bubbles must avoid.
  function render(moment, selection) {
    const frame = frameAt(moment);
    const scale = density * frame.zoom;
    const inWorld = () =>
      g.setTransform(scale, 0, 0, scale, -frame.left * scale, -frame.top * scale);
    const onScreen = () => g.setTransform(density, 0, 0, density, 0, 0);

    weather.step(store.weather, frame.seconds);
    g.imageSmoothingQuality = "low";
    drawGround(g, ground, frame, palette.grass);
    inWorld();
    for (const pond of map.ponds) {
      if (isInView(frame, pond.x, pond.y, pond.rx))
        drawRipples(g, pond, frame.calm ? 0 : frame.now);
    }
    drawStanding(frame, selection);
    if (!frame.lite) weather.drawCloudShadows(g, frame.calm ? 0 : frame.now);
    onScreen();
    weather.draw(g, camera.view, frame.light, frame);
    if (frame.light.darkness > NIGHT_LIGHTS_ABOVE) {
      inWorld();
      drawNightLights(frame);
      onScreen();
    }
    drawBubbles(g, store.bubbles.values(), camera, palette, { ...selection, calm: frame.calm });
  }

  function resize(width, height, lite) {
    density = lite ? 1 : Math.min(MOST_DENSITY, devicePixelRatio || 1);
    camera.resize(width, height);
    const [w, h] = [Math.round(width * density), Math.round(height * density)];
    if (canvas.width === w && canvas.height === h) return;
    canvas.width = w;
    canvas.height = h;
  }

  dress();
  return { dress, render, resize };
}

function isInView({ left, top, right, bottom }, x, y, reach) {
  return x + reach > left && x - reach < right && y + 80 > top && y - reach - 40 < bottom;
}

// For slow machines: sprites scaled once to the current zoom and copied to whole pixels.
function createSpriteCache(g) {
  const scaled = new Map();
  let scaledFor = 0;

  function scaledCopy(sprite, size, scale) {
    if (scaledFor !== scale) {
      scaled.clear();
      scaledFor = scale;
    }
    if (!scaled.has(sprite)) scaled.set(sprite, new Map());
    const copies = scaled.get(sprite);
    if (!copies.has(size)) {
      const copy = createCanvas(sprite.width * size * scale, sprite.height * size * scale);
      const context = copy.getContext("2d");
      context.imageSmoothingQuality = "high";
      context.drawImage(sprite.image, 0, 0, copy.width, copy.height);
      copies.set(size, copy);
    }
    return copies.get(size);
  }

  return {
    clear: () => scaled.clear(),
    draw(sprite, x, y, size, frame) {
      const scale = frame.zoom * frame.density;
      const copy = scaledCopy(sprite, size, scale);
      const transform = g.getTransform();
      g.setTransform(1, 0, 0, 1, 0, 0);
      g.drawImage(
        copy,
        Math.round((x - sprite.anchorX * size - frame.left) * scale),
        Math.round((y - sprite.anchorY * size - frame.top) * scale),
      );
      g.setTransform(transform);
    },
  };
}
