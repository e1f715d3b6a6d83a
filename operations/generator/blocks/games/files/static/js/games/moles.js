import { Table } from "./table.js";

const HOLES = 9;
const SECONDS = 30;
const table = new Table({ start });
let holes = [];
let up = -1;
let left = 0;
let timers = [];

function start() {
  for (const timer of timers) clearInterval(timer);
  left = SECONDS;
  table.stage.className = "game__stage game__grid";
  table.stage.style.setProperty("--columns", 3);
  holes = Array.from({ length: HOLES }, (_, number) => hole(number));
  table.stage.replaceChildren(...holes);
  timers = [setInterval(second, 1000), setInterval(show, 800)];
  table.clock(`${left} s`);
  show();
}

function hole(number) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "game__cell";
  button.setAttribute("aria-label", `Hole ${number + 1}`);
  button.addEventListener("pointerdown", () => hit(number));
  return button;
}

function second() {
  if (table.paused) return;
  left -= 1;
  table.clock(`${left} s`);
  if (left > 0) return;
  for (const timer of timers) clearInterval(timer);
  hide();
  table.over("Time is up.");
}

function show() {
  if (table.paused || left < 1) return;
  hide();
  up = Math.floor(Math.random() * HOLES);
  holes[up].textContent = "🐹";
  holes[up].classList.add("game__cell--up");
}

function hide() {
  if (up < 0) return;
  holes[up].textContent = "";
  holes[up].classList.remove("game__cell--up");
  up = -1;
}

function hit(number) {
  if (number !== up || table.paused || left < 1) return;
  table.score(table.points + 10);
  hide();
}

document.addEventListener("keydown", (event) => {
  if (!event.target.closest("input") && event.key >= "1" && event.key <= "9") hit(event.key - 1);
});
