// The corner panels: counts, clock, weather, pause and zoom, and whether the line to the village stands.

const REFRESH_MS = 250;

export function createHud(root, { onPause, onZoom, onWeather }) {
  const find = (name) => root.querySelector(`[data-hud=${name}]`);
  const counts = find("counts");
  const clock = find("clock");
  const dial = find("dial");
  const connection = find("connection");
  const pause = find("pause");
  const weatherButtons = [...root.querySelectorAll("[data-weather]")];
  let shownAt = 0;

  pause.addEventListener("click", () => {
    const isPaused = pause.ariaPressed !== "true";
    pause.ariaPressed = String(isPaused);
    pause.ariaLabel = isPaused ? "Go on" : "Pause my view";
    onPause(isPaused);
  });
  find("zoom-in").addEventListener("click", () => onZoom(1.35));
  find("zoom-out").addEventListener("click", () => onZoom(1 / 1.35));
  for (const button of weatherButtons) {
    button.addEventListener("click", () => onWeather(button.dataset.weather));
  }

  function showHour(hour) {
    const pad = (value) => String(Math.floor(value)).padStart(2, "0");
    clock.textContent = `${pad(hour)}:${pad((hour % 1) * 60)}`;
    dial.style.setProperty("--a", `${((hour / 24) * 360 - 90).toFixed(1)}deg`);
  }

  return {
    togglePause: () => pause.click(),

    setConnection(state) {
      connection.hidden = state === "live";
      root.dataset.connection = state;
    },

    update(now, store) {
      if (now - shownAt < REFRESH_MS) return;
      shownAt = now;
      if (clock) showHour(store.hour);
      const talking = [...store.agents.values()].filter((agent) => agent.state === "talk").length;
      counts.textContent = store.agents.size
        ? `${store.agents.size} residents, ${talking} talking`
        : "Nobody is here yet";
      for (const button of weatherButtons) {
        button.ariaPressed = String(button.dataset.weather === store.weather?.kind);
      }
    },
  };
}
