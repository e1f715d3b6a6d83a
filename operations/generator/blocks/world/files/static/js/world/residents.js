// The list of residents: how to choose somebody without a pointer.

const MOST_SHOWN = 60;

export function createResidents(root, { onChoose }) {
  const list = root.querySelector("[data-residents-list]");
  const search = root.querySelector("[data-residents-search]");
  const message = root.querySelector("[data-residents-message]");
  let everybody = [];

  function show() {
    const wanted = search.value.trim().toLowerCase();
    const found = everybody.filter((agent) =>
      `${agent.name} ${agent.role}`.toLowerCase().includes(wanted),
    );
    list.replaceChildren(...found.slice(0, MOST_SHOWN).map(entry));
    message.hidden = found.length > 0;
    message.textContent = everybody.length ? "Nobody by that name." : "Nobody lives here yet.";
  }

  function entry(agent) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.agent = agent.id;
    const name = document.createElement("b");
    name.textContent = agent.name;
    const role = document.createElement("span");
    role.textContent = agent.role;
    button.append(name, " ", role);
    const item = document.createElement("li");
    item.append(button);
    return item;
  }

  search.addEventListener("input", show);
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-agent]");
    if (!button) return;
    root.hidePopover?.();
    onChoose(Number(button.dataset.agent));
  });

  return {
    update(agents) {
      everybody = agents.toSorted((a, b) => a.name.localeCompare(b.name));
      show();
    },
    fail() {
      message.hidden = false;
      message.textContent = "The list could not be loaded. It is tried again when you open it.";
    },
  };
}
