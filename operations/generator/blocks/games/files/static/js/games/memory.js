import { Table } from "./table.js";

const PICTURES = ["🍎", "🍋", "🌲", "🐝", "⛵", "🎲", "🌙", "🔔"];
const table = new Table({ start });
let open = [];
let found = 0;
let moves = 0;

function start() {
  open = [];
  found = moves = 0;
  const cards = [...PICTURES, ...PICTURES].sort(() => Math.random() - 0.5);
  table.stage.className = "game__stage game__grid";
  table.stage.replaceChildren(...cards.map(card));
}

function card(picture, number) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "game__cell";
  button.dataset.picture = picture;
  button.setAttribute("aria-label", `Card ${number + 1}`);
  button.addEventListener("click", () => turn(button));
  return button;
}

function turn(button) {
  if (table.paused || open.length === 2 || button.textContent) return;
  button.textContent = button.dataset.picture;
  button.classList.add("game__cell--up");
  open.push(button);
  if (open.length < 2) return;
  moves += 1;
  table.clock(`${moves} moves`);
  const [first, second] = open;
  if (first.dataset.picture !== second.dataset.picture) {
    setTimeout(() => close([first, second]), 700);
    return;
  }
  for (const one of open) one.classList.add("game__cell--found");
  open = [];
  found += 1;
  table.score(found * 20);
  if (found === PICTURES.length) {
    table.score(Math.max(10, 260 - moves * 10));
    table.over("All pairs found.");
  }
}

function close(cards) {
  for (const one of cards) {
    one.textContent = "";
    one.classList.remove("game__cell--up");
  }
  open = [];
}
