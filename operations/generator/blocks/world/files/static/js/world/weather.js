// Weather and light over the picture: particles in screen space, each kind drawn as one path.

import { FULL_TURN, softSpot } from "./canvas.js";

const PARTICLES = 900;
const KINDS = ["rain", "snow", "fog", "sun"];
const EASE_PER_SECOND = 0.9;
const FEWEST_TO_DRAW = 0.02;

export function createWeather() {
  const particles = Array.from({ length: PARTICLES }, () => ({
    x: Math.random(),
    y: Math.random(),
    depth: 0.4 + Math.random() * 0.6,
    phase: Math.random() * FULL_TURN,
  }));
  const amount = { rain: 0, snow: 0, fog: 0, sun: 1 };
  let cloud;
  let fogBank;

  // Eases toward what the server says; no weather at all is a fine day.
  function step(weather, seconds) {
    const { kind, intensity } = weather ?? { kind: "sun", intensity: 1 };
    for (const name of KINDS) {
      const wanted = name === kind ? intensity : 0;
      amount[name] += (wanted - amount[name]) * Math.min(1, seconds * EASE_PER_SECOND);
    }
  }

  function drawCloudShadows(g, now) {
    cloud ??= softSpot(160, [
      [0, "rgb(20 30 60 / 0.34)"],
      [0.6, "rgb(20 30 60 / 0.2)"],
      [1, "rgb(20 30 60 / 0)"],
    ]);
    g.globalAlpha = Math.min(0.7, 0.25 + amount.rain * 0.4 + amount.snow * 0.2);
    for (let i = 0; i < 6; i++) {
      const x = ((i * 613 + now * 0.012) % 3600) - 500;
      const y = ((i * 397) % 1900) - 100;
      for (let part = 0; part < 3; part++) {
        g.drawImage(cloud, x + part * 130, y + Math.sin(i + part) * 40, 360, 230);
      }
    }
    g.globalAlpha = 1;
  }

  function draw(g, view, light, { now, seconds, calm, lite }) {
    const moved = calm ? 0 : seconds;
    drawTint(g, view, light, lite);
    if (!lite && amount.sun > 0.05 && light.darkness < 0.4) drawSunbeam(g, view, light);
    if (amount.rain > FEWEST_TO_DRAW) {
      drawRain(g, view, moved);
      drawSplashes(g, view, calm ? 0 : now);
    }
    if (amount.snow > FEWEST_TO_DRAW) drawSnow(g, view, now, moved);
    if (amount.fog > FEWEST_TO_DRAW) drawFog(g, view, calm ? 0 : now);
  }

  // Painting the whole canvas is the dearest step on slow machines, so it is skipped when faint.
  function drawTint(g, { width, height }, light, lite) {
    const cover = (color) => {
      g.globalCompositeOperation = "multiply";
      g.fillStyle = `rgb(${color.map(Math.round).join(" ")})`;
      g.fillRect(0, 0, width, height);
      g.globalCompositeOperation = "source-over";
    };
    if (light.strength > (lite ? 0.13 : 0.01)) {
      cover(light.color.map((value) => 255 + (value - 255) * light.strength));
    }
    const grey = amount.rain * 0.3 + amount.snow * 0.12;
    if (grey > FEWEST_TO_DRAW) cover([255 - 120 * grey, 255 - 92 * grey, 255 - 62 * grey]);
  }

  function drawSunbeam(g, { width, height }, light) {
    const beam = g.createLinearGradient(width * 0.75, 0, width * 0.25, height);
    beam.addColorStop(0, `rgb(255 240 190 / ${0.24 * amount.sun * (1 - light.darkness)})`);
    beam.addColorStop(0.6, "rgb(255 240 190 / 0)");
    g.fillStyle = beam;
    g.fillRect(0, 0, width, height);
  }

  function drawRain(g, { width, height }, moved) {
    const count = Math.floor(PARTICLES * 0.75 * amount.rain);
    for (const layer of [0, 1]) {
      g.strokeStyle = layer ? "rgb(225 238 255 / 0.58)" : "rgb(205 222 245 / 0.32)";
      g.lineWidth = layer ? 1.5 : 1;
      g.beginPath();
      for (let i = layer; i < count; i += 2) {
        const drop = particles[i];
        drop.y += moved * (1.65 + drop.depth * 0.88);
        drop.x = (drop.x - moved * 0.26 + 1.2) % 1.2;
        if (drop.y > 1.05) {
          drop.y = -0.05;
          drop.x = Math.random() * 1.2;
        }
        const length = 11 + drop.depth * 17;
        g.moveTo(drop.x * width, drop.y * height);
        g.lineTo(drop.x * width - length * 0.2, drop.y * height + length);
      }
      g.stroke();
    }
  }

  function drawSplashes(g, { width, height }, now) {
    const count = Math.floor((PARTICLES * 0.75 * amount.rain) / 5);
    g.strokeStyle = "rgb(235 245 255 / 0.3)";
    g.lineWidth = 1;
    g.beginPath();
    for (let i = 0; i < count; i++) {
      const life = now / 480 + i * 0.37;
      const spread = life % 1;
      const x = (((i * 173.3) % 997) / 997) * width;
      const y = (((i * 311.7 + Math.floor(life) * 97) % 991) / 991) * height;
      g.moveTo(x + spread * 8, y);
      g.ellipse(x, y, spread * 8, spread * 3.2, 0, 0, FULL_TURN);
    }
    g.stroke();
  }

  function drawSnow(g, { width, height }, now, moved) {
    const count = Math.floor(PARTICLES * 0.8 * amount.snow);
    g.fillStyle = `rgb(240 246 255 / ${0.22 * amount.snow})`;
    g.fillRect(0, 0, width, height);
    g.fillStyle = "rgb(255 255 255 / 0.92)";
    g.beginPath();
    for (let i = 0; i < count; i++) {
      const flake = particles[i];
      flake.y += moved * (0.06 + flake.depth * 0.1);
      if (flake.y > 1.03) {
        flake.y = -0.03;
        flake.x = Math.random();
      }
      const sway = moved ? Math.sin(now / 1900 + flake.phase) * 0.018 : 0;
      const x = ((flake.x + sway + 1) % 1) * width;
      const y = flake.y * height;
      g.moveTo(x + flake.depth * 3, y);
      g.arc(x, y, flake.depth * 3, 0, FULL_TURN);
    }
    g.fill();
  }

  function drawFog(g, { width, height }, now) {
    fogBank ??= softSpot(200, [
      [0, "rgb(236 240 242 / 0.5)"],
      [0.5, "rgb(236 240 242 / 0.26)"],
      [1, "rgb(236 240 242 / 0)"],
    ]);
    g.fillStyle = `rgb(226 232 235 / ${0.4 * amount.fog})`;
    g.fillRect(0, 0, width, height);
    g.globalAlpha = amount.fog;
    for (let i = 0; i < 14; i++) {
      const x = ((i * 271 + now * (0.006 + (i % 3) * 0.004)) % (width + 900)) - 600;
      const y = ((i * 149) % (height + 200)) - 160;
      g.drawImage(fogBank, x, y, 760, 330);
    }
    g.globalAlpha = 1;
  }

  return { amount, step, draw, drawCloudShadows };
}
