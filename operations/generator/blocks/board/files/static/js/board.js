// Cards follow the pointer or Alt with the arrow keys; each move is sent, and undone when it is refused.
const board = document.getElementById("board");
const said = document.getElementById("said");
const lanes = [...board.querySelectorAll(".lane")];
let held = null;

const list = (lane) => lane.querySelector(".lane__list");
const count = () => {
  for (const lane of lanes) {
    lane.querySelector("[data-count]").textContent = lane.querySelectorAll(".ticket").length;
  }
};

async function send(card) {
  const form = card.querySelector("form");
  const lane = card.closest(".lane");
  form.elements.to.value = lane.dataset.lane;
  form.elements.before.value = card.nextElementSibling?.dataset.id ?? "";
  count();
  const answer = await fetch(form.action, {
    method: "POST",
    body: new FormData(form),
    headers: { "X-Requested-With": "fetch" },
  }).catch(() => null);
  if (!answer?.ok) {
    said.textContent = "The move was not saved.";
    location.reload();
    return;
  }
  const place = [...list(lane).children].indexOf(card) + 1;
  said.textContent = `Moved to ${lane.getAttribute("aria-label")}, position ${place}.`;
}

board.addEventListener("dragstart", (event) => {
  held = event.target.closest?.(".ticket[draggable]");
  if (!held) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", held.dataset.id);
  requestAnimationFrame(() => held?.classList.add("is-dragging"));
});

board.addEventListener("dragover", (event) => {
  const lane = event.target.closest(".lane");
  if (!held || !lane) return;
  event.preventDefault();
  for (const one of lanes) one.toggleAttribute("data-over", one === lane);
});

board.addEventListener("drop", (event) => {
  const lane = event.target.closest(".lane");
  if (!held || !lane) return;
  event.preventDefault();
  const below = [...list(lane).children].find((card) => {
    const box = card.getBoundingClientRect();
    return card !== held && event.clientY < box.top + box.height / 2;
  });
  list(lane).insertBefore(held, below ?? null);
  send(held);
});

board.addEventListener("dragend", () => {
  held?.classList.remove("is-dragging");
  for (const lane of lanes) lane.removeAttribute("data-over");
  held = null;
});

board.addEventListener("keydown", (event) => {
  const card = event.target.closest(".ticket[draggable]");
  if (!card || !event.altKey) return;
  const here = lanes.indexOf(card.closest(".lane"));
  const aside = { ArrowLeft: lanes[here - 1], ArrowRight: lanes[here + 1] }[event.key];
  if (aside) list(aside).append(card);
  else if (event.key === "ArrowUp") card.previousElementSibling?.before(card);
  else if (event.key === "ArrowDown") card.nextElementSibling?.after(card);
  else return;
  event.preventDefault();
  card.focus();
  send(card);
});
