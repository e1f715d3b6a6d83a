/* Times in the reader's own zone, kept fresh: <time data-moment="ago|time|second|date"> and running clocks
   <time data-moment="clock" datetime="start">. The server's text stands until the first tick. */
const TIME = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const SECOND = { ...TIME, second: "2-digit" };
const SHAPES = { time: TIME, second: SECOND, date: { day: "numeric", month: "short", year: "numeric", ...SECOND } };

const pad = (number) => String(number).padStart(2, "0");

function clock(seconds) {
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return hours ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${minutes}:${pad(rest)}`;
}

function ago(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ago`;
  const days = Math.floor(minutes / 1440);
  return days === 1 ? "yesterday" : `${days} days ago`;
}

function tick() {
  for (const time of document.querySelectorAll("time[data-moment]")) {
    const then = new Date(time.dateTime);
    const age = Math.max(0, Math.floor((Date.now() - then) / 1000));
    const text = time.dataset.moment === "ago" ? ago(age) : time.dataset.moment === "clock" ? clock(age)
      : then.toLocaleString([], SHAPES[time.dataset.moment]);
    if (time.textContent !== text) time.textContent = text;
  }
}

tick();
setInterval(tick, 1000);
document.addEventListener("htmx:load", tick);
