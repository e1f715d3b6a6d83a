// Starts the world in #world: fetches the map, watches the stream, draws sixty times a second.

import { createCamera, steerCamera } from "./camera.js";
import { createHud } from "./hud.js";
import { createResidents } from "./residents.js";
import { createScene } from "./scene.js";
import { createServer } from "./server.js";
import { createStore } from "./store.js";
import { createStory } from "./story.js";

const LONGEST_FRAME_SECONDS = 0.05;
const PICK_UNITS = 34;
const HOVER_UNITS = 28;
const PHONE_WIDTH = 600;
const SIDE_PANEL_FROM = 768;
const PANELS_EVERY_MS = 300;
// Below this the village does without sway and cloud shadows, unless drawing costs next to nothing:
// then it is the screen that is slower.
const SLOW_FPS = 57;
const CHEAP_MS = 5;
const MAP_RETRY_MS = 3000;

const root = document.getElementById("world");
const canvas = root.querySelector("canvas");
const server = createServer(root.dataset);
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

function start(map) {
  const store = createStore();
  const camera = createCamera(map, map.square);
  const scene = createScene({ canvas, map, store, camera });
  const state = { selected: null, hovered: null, panels: [], isPaused: false, isLite: false };

  const hud = createHud(root, {
    onPause: (isPaused) => (state.isPaused = isPaused),
    onZoom: (factor) => camera.zoomBy(factor),
    onWeather: (kind) => server.command("weather", kind).catch(() => hud.setConnection("lost")),
  });
  const story = createStory(
    root.querySelector("[data-story]"),
    root.querySelector("[data-story-template]"),
    {
      loadProfile: server.profile,
      onChoose: (id) => select(id, { follow: true }),
      onClose: () => {
        select(null);
        canvas.focus();
      },
      onFollow: follow,
    },
  );
  const people = root.querySelector("[data-residents]");
  const residents = createResidents(people, { onChoose: (id) => select(id, { follow: true }) });
  const loadResidents = () => server.roster().then(residents.update, residents.fail);
  people.addEventListener("toggle", (event) => event.newState === "open" && loadResidents());

  function select(id, { follow: alsoFollow = false } = {}) {
    state.selected = id;
    const agent = store.agents.get(id) ?? null;
    if (alsoFollow || camera.followed) camera.follow(agent);
    story.show(id, Boolean(camera.followed));
  }

  function follow(isWanted) {
    camera.follow(isWanted ? (store.agents.get(state.selected) ?? null) : null);
    story.show(state.selected, Boolean(camera.followed));
  }

  function agentNear(x, y, reach) {
    let nearest = null;
    let distance = reach;
    for (const agent of store.agents.values()) {
      const away = agent.hidden ? Infinity : Math.hypot(agent.x - x, agent.y - 24 - y);
      if (away < distance) [nearest, distance] = [agent, away];
    }
    return nearest;
  }

  steerCamera(camera, canvas, {
    pick: (x, y) => select(agentNear(x, y, PICK_UNITS)?.id ?? null),
    hover(x, y) {
      state.hovered = agentNear(x, y, HOVER_UNITS);
      canvas.style.cursor = state.hovered ? "pointer" : "";
    },
    unfollow: () => follow(false),
  });
  canvas.addEventListener("keydown", (event) => {
    if (event.key === " ") {
      event.preventDefault();
      hud.togglePause();
    } else if (event.key === "Escape") select(null);
    else if (event.key === "f" && state.selected !== null) follow(!camera.followed);
  });

  // Where panels are, bubbles and the followed agent are not.
  function measurePanels() {
    const shown = [...root.querySelectorAll("[data-panel]")].filter((panel) => panel.offsetWidth);
    state.panels = shown.map((panel) => ({
      x: panel.offsetLeft - 6,
      y: panel.offsetTop - 6,
      width: panel.offsetWidth + 12,
      height: panel.offsetHeight + 12,
    }));
    const panel = shown.find((box) => "story" in box.dataset);
    const isBeside = root.clientWidth >= SIDE_PANEL_FROM;
    camera.offset.x = panel && isBeside ? panel.offsetWidth / 2 : 0;
    camera.offset.y = panel && !isBeside ? panel.offsetHeight / 2 - 24 : 0;
  }

  let last = performance.now();
  let measuredAt = 0;
  const pace = createPace(root);

  function frame(now) {
    requestAnimationFrame(frame);
    const began = performance.now();
    const seconds = Math.min(LONGEST_FRAME_SECONDS, (now - last) / 1000);
    last = now;
    if (now - measuredAt > PANELS_EVERY_MS) {
      measuredAt = now;
      measurePanels();
    }
    if (!state.isPaused) store.sample(now);
    if (camera.followed) camera.followed = store.agents.get(camera.followed.id) ?? null;
    camera.step(seconds, reducedMotion.matches);
    const moment = { now, seconds, calm: reducedMotion.matches, lite: state.isLite };
    scene.render(moment, state);
    hud.update(now, store);
    if (state.selected !== null) story.watch(store.agents.get(state.selected));
    if (pace.tooSlow(now, performance.now() - began) && !state.isLite) {
      state.isLite = true;
      root.dataset.lite = "";
      resize();
    }
  }

  const resize = () => scene.resize(root.clientWidth, root.clientHeight, state.isLite);
  resize();
  const isPhone = root.clientWidth < PHONE_WIDTH;
  camera.jumpTo(isPhone ? 0.9 : 1, isPhone ? 40 : 0);
  new ResizeObserver(resize).observe(root);
  document.fonts?.ready.then(scene.dress);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", scene.dress);
  new MutationObserver(scene.dress).observe(document.documentElement, {
    attributeFilter: ["data-mode", "data-theme"],
  });
  server.watch(store.push, hud.setConnection);
  loadResidents();
  requestAnimationFrame(frame);
}

// Counts frames into data-fps and data-ms; says when two seconds in a row were slow.
function createPace(element) {
  let frames = 0;
  let spent = 0;
  let since = performance.now();
  let slowSeconds = 0;
  return {
    tooSlow(now, cost) {
      frames++;
      spent += cost;
      const seconds = (now - since) / 1000;
      if (seconds < 1) return false;
      const fps = frames / seconds;
      const milliseconds = spent / frames;
      element.dataset.fps = Math.round(fps);
      element.dataset.ms = milliseconds.toFixed(2);
      const isSlow = fps < SLOW_FPS && milliseconds > CHEAP_MS;
      slowSeconds = isSlow && document.visibilityState === "visible" ? slowSeconds + 1 : 0;
      frames = spent = 0;
      since = now;
      return slowSeconds > 1;
    },
  };
}

async function open() {
  const notice = root.querySelector("[data-notice]");
  try {
    const { map } = await server.map();
    notice.hidden = true;
    start(map);
  } catch {
    notice.textContent = "The village cannot be reached. Trying again…";
    setTimeout(open, MAP_RETRY_MS);
  }
}

open();
