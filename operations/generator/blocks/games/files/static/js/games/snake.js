import { Table } from "./table.js";

const SIZE = 20;
const TURNS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const canvas = document.createElement("canvas");
canvas.width = canvas.height = SIZE * 24;
const pen = canvas.getContext("2d");
const table = new Table({ start });
table.stage.append(canvas);

let snake = [];
let food = [0, 0];
let heading = [1, 0];
let wished = [];
let timer;

function start() {
  snake = [[8, 10], [7, 10], [6, 10]];
  heading = [1, 0];
  wished = [];
  feed();
  clearInterval(timer);
  timer = setInterval(step, 130);
  draw();
}

function feed() {
  do food = [Math.floor(Math.random() * SIZE), Math.floor(Math.random() * SIZE)];
  while (snake.some(([x, y]) => x === food[0] && y === food[1]));
}

function step() {
  if (table.paused) return;
  const next = wished.shift();
  if (next && (next[0] !== -heading[0] || next[1] !== -heading[1])) heading = next;
  const head = [snake[0][0] + heading[0], snake[0][1] + heading[1]];
  const outside = head.some((at) => at < 0 || at >= SIZE);
  if (outside || snake.slice(0, -1).some(([x, y]) => x === head[0] && y === head[1])) {
    clearInterval(timer);
    table.over("That was it.");
    return;
  }
  snake.unshift(head);
  if (head[0] === food[0] && head[1] === food[1]) {
    table.score(table.points + 10);
    feed();
  } else {
    snake.pop();
  }
  draw();
}

function draw() {
  const style = getComputedStyle(canvas);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#c0392b";
  pen.beginPath();
  pen.arc(food[0] * 24 + 12, food[1] * 24 + 12, 9, 0, 7);
  pen.fill();
  pen.fillStyle = style.color;
  for (const [x, y] of snake) pen.fillRect(x * 24 + 1, y * 24 + 1, 22, 22);
}

table.stage.addEventListener("keydown", (event) => {
  if (!TURNS[event.key]) return;
  event.preventDefault();
  wished.push(TURNS[event.key]);
});

let from;
table.stage.addEventListener("pointerdown", (event) => {
  from = [event.clientX, event.clientY];
});
table.stage.addEventListener("pointerup", (event) => {
  const [dx, dy] = [event.clientX - from[0], event.clientY - from[1]];
  if (Math.max(Math.abs(dx), Math.abs(dy)) < 12) return;
  wished.push(Math.abs(dx) > Math.abs(dy) ? [Math.sign(dx), 0] : [0, Math.sign(dy)]);
});
