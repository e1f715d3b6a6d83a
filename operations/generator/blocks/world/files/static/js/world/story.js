// The story panel: who somebody is, whom they are close to, what they say and said.

import { portrait } from "./looks.js";

const REFRESH_MS = 2500;
const STATES = {
  walk: "Out walking",
  talk: "In conversation",
  idle: "Standing about",
  indoors: "Indoors",
  sit: "Sitting",
  away: "Away",
};
const MOOD_TONES = {
  content: "success",
  cheerful: "success",
  curious: "info",
  tired: "warning",
  restless: "warning",
};

const clockTime = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

export function createStory(panel, template, { loadProfile, onChoose, onClose, onFollow }) {
  let current = null;
  let isFollowed = false;
  let shownState = "";
  let timer;

  async function load(id) {
    clearTimeout(timer);
    try {
      const profile = await loadProfile(id);
      if (current === id) fill(profile);
    } catch {
      if (current === id && panel.hidden) fail();
    }
    if (current === id) timer = setTimeout(() => load(id), REFRESH_MS);
  }

  function show(id, followed) {
    const isNew = id !== current;
    current = id;
    isFollowed = followed;
    if (id === null) {
      clearTimeout(timer);
      panel.hidden = true;
      panel.replaceChildren();
      return;
    }
    if (isNew) load(id);
    else markFollowed();
  }

  // Told often by the picture: a talk that begins or ends is worth a fresh look at once.
  function watch(agent) {
    if (!agent || agent.state === shownState || panel.hidden) return;
    const isAboutTalk = agent.state === "talk" || shownState === "talk";
    showState(agent.state);
    if (isAboutTalk) load(current);
  }

  function showState(state) {
    shownState = state;
    const label = panel.querySelector("[data-part=state]");
    if (label) label.textContent = STATES[state] ?? state;
  }

  // What the person does in the panel must survive a refresh: its scroll and its focus.
  function fill(profile) {
    const scroll = panel.scrollTop;
    const focused = panel.contains(document.activeElement) && document.activeElement.dataset.part;
    const isFirst = panel.hidden || panel.dataset.agent !== String(profile.id);
    panel.replaceChildren(template.content.cloneNode(true));
    panel.dataset.agent = profile.id;
    panel.hidden = false;
    const part = (name) => panel.querySelector(`[data-part=${name}]`);

    part("portrait").innerHTML = portrait(profile.look);
    part("name").textContent = profile.name;
    part("role").textContent = [profile.role, profile.home].filter(Boolean).join(", ");
    part("mood").textContent = profile.mood;
    part("mood").dataset.tone = MOOD_TONES[profile.mood] ?? "accent";
    showState(profile.state);
    part("goal").textContent = profile.goal;
    const percent = Math.round((profile.energy ?? 0) * 100);
    part("energy").style.setProperty("--p", percent);
    part("energy").ariaLabel = `Energy ${percent}%`;
    part("interests").replaceChildren(
      ...profile.loves.map((name) => element("span", name, "chip")),
    );

    section("now", profile.conversation ? [profile.conversation] : [], lines);
    section("relations", profile.relations, relation);
    section("talks", profile.conversations, pastTalk);
    markFollowed();
    panel.scrollTop = isFirst ? 0 : scroll;
    if (focused) panel.querySelector(`[data-part="${focused}"]`)?.focus();
  }

  function section(name, items, build) {
    const box = panel.querySelector(`[data-section=${name}]`);
    if (!box) return;
    box.hidden = items.length === 0;
    box.querySelector("[data-items]").replaceChildren(...items.map(build).flat());
  }

  function lines(talk) {
    return talk.messages.map((message) => {
      const item = element("li", "", "story__line");
      item.append(element("b", firstName(message.name)), element("span", message.text));
      return item;
    });
  }

  function pastTalk(talk) {
    const details = document.createElement("details");
    const summary = element("summary", "");
    const others = talk.participants.filter((agent) => agent.id !== current);
    const company = others.map((agent) => firstName(agent.name)).join(", ");
    summary.append(
      element("b", company || "Alone"),
      ` about ${talk.topic} `,
      element("time", clockTime.format(new Date(talk.started_at)), "num"),
    );
    const list = document.createElement("ol");
    list.append(...lines(talk));
    details.append(summary, list);
    const item = document.createElement("li");
    item.append(details);
    return item;
  }

  function relation(other) {
    const item = document.createElement("li");
    const button = element("button", "");
    button.type = "button";
    button.dataset.agent = button.dataset.part = other.id;
    const face = document.createElement("span");
    face.innerHTML = portrait(other.look, 30);
    const words = element("span", "", "grow");
    words.append(element("b", other.name), element("span", other.kind, "row-sub"));
    const percent = Math.round(other.strength * 100);
    const bond = element("span", "", "bond");
    bond.style.setProperty("--p", percent);
    bond.role = "img";
    bond.ariaLabel = `bond ${percent}%`;
    button.append(face.firstElementChild, words, bond);
    item.append(button);
    return item;
  }

  function fail() {
    panel.hidden = false;
    panel.replaceChildren(element("p", "This resident could not be reached. Trying again…"));
  }

  function markFollowed() {
    const button = panel.querySelector("[data-part=follow]");
    if (!button) return;
    button.ariaPressed = String(isFollowed);
    button.querySelector("[data-part=follow-label]").textContent = isFollowed
      ? "Following"
      : "Follow";
  }

  panel.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.agent) onChoose(Number(button.dataset.agent));
    else if (button.dataset.part === "close") onClose();
    else if (button.dataset.part === "follow") onFollow(button.ariaPressed !== "true");
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") onClose();
  });

  return { show, watch };
}

function element(name, text, className = "") {
  const node = document.createElement(name);
  node.textContent = text;
  if (className) node.className = className;
  return node;
}

const firstName = (name) => name.split(" ")[0];
