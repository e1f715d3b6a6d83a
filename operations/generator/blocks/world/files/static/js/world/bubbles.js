// Speech bubbles, in screen space: measured once, kept apart, never in front of the panels.

const MOST_LINE_WIDTH = 190;
const MOST_BUBBLES = 9;
const MOST_ON_PHONES = 4;
const PHONE_WIDTH = 500;
const HEAD_HEIGHT = 60;
const GAP = 6;
const MOST_LIFT = 100;
const TRIES = 6;

const layouts = new Map();

// `panels` are the boxes {x, y, width, height} to keep clear.
export function drawBubbles(g, bubbles, camera, palette, { panels, selected, calm }) {
  const { width } = camera.view;
  const fontSize = Math.max(11.5, Math.min(14, 12.5 * Math.sqrt(camera.zoom)));
  const style = { font: `500 ${fontSize}px ${palette.font}`, lineHeight: fontSize * 1.35 };
  const limit = width < PHONE_WIDTH ? MOST_ON_PHONES : MOST_BUBBLES;
  const placed = [];
  for (const speech of inSight(bubbles, camera, selected).slice(0, limit)) {
    const box = place(g, speech, placed, panels, style, width);
    if (box) placed.push(box);
  }
  placed.sort((a, b) => a.anchorY - b.anchorY);
  for (const box of placed) drawBubble(g, box, palette, style, calm);
}

// The selected agent's first, then the newest.
function inSight(bubbles, camera, selected) {
  const { width, height } = camera.view;
  const mine = (speech) => Number(speech.bubble.agent === selected);
  return [...bubbles]
    .filter((bubble) => bubble.speaker && !bubble.speaker.hidden && bubble.age >= 0)
    .map((bubble) => {
      const [x, y] = camera.toScreen(bubble.speaker.x, bubble.speaker.y - HEAD_HEIGHT);
      return { bubble, x, y };
    })
    .filter(({ x, y }) => x > -20 && x < width + 20 && y > 10 && y < height + 60)
    .sort((a, b) => mine(b) - mine(a) || a.bubble.age - b.bubble.age);
}

// Above the head, or above the bubbles already there; null when that is too far up or covered.
function place(g, { bubble, x: anchorX, y: anchorY }, placed, panels, style, viewWidth) {
  const text = layOut(g, bubble.text, style.font);
  const width = text.width + 22;
  const height = text.lines.length * style.lineHeight + 13;
  const x = Math.max(8, Math.min(viewWidth - width - 8, anchorX - width / 2));
  const box = { bubble, anchorX, anchorY, x, y: anchorY - height - 9, width, height, text };
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const other = placed.find((candidate) => overlaps(box, candidate, GAP - 1));
    if (!other) break;
    box.y = other.y - height - GAP;
  }
  const isFree =
    !placed.some((other) => overlaps(box, other, GAP - 1)) &&
    !panels.some((panel) => overlaps(box, panel, 0));
  return isFree && box.y >= 4 && anchorY - box.y <= height + MOST_LIFT ? box : null;
}

function overlaps(a, b, gap) {
  return (
    a.x < b.x + b.width + gap &&
    a.x + a.width + gap > b.x &&
    a.y < b.y + b.height + gap &&
    a.y + a.height + gap > b.y
  );
}

function layOut(g, text, font) {
  const key = font + text;
  if (layouts.has(key)) return layouts.get(key);
  if (layouts.size > 400) layouts.clear();
  g.font = font;
  const lines = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line ? `${line} ${word}` : word;
    if (line && g.measureText(longer).width > MOST_LINE_WIDTH) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  lines.push(line);
  const layout = { lines, width: Math.max(...lines.map((item) => g.measureText(item).width)) };
  layouts.set(key, layout);
  return layout;
}

function drawBubble(g, box, palette, style, calm) {
  const { bubble, anchorX, anchorY } = box;
  const shown = calm ? 1 : Math.min(1, bubble.age / 160) * Math.min(1, bubble.left / 220);
  if (shown <= 0) return;
  const isThought = bubble.kind === "think";
  const scale = shown < 1 ? 0.85 + 0.15 * shown : 1;
  g.save();
  g.globalAlpha = shown;
  g.translate(anchorX, anchorY);
  g.scale(scale, scale);
  g.translate(-anchorX, -anchorY);
  if (palette.hasOutlines) {
    g.strokeStyle = palette.line;
    g.lineWidth = 3;
    traceBubble(g, box, palette, isThought);
    g.stroke();
  } else {
    g.shadowColor = "rgb(20 25 40 / 0.3)";
    g.shadowBlur = 12;
    g.shadowOffsetY = 3;
  }
  g.fillStyle = palette.surface;
  traceBubble(g, box, palette, isThought);
  g.fill();
  g.shadowColor = "transparent";
  if (isThought) {
    g.beginPath();
    g.arc(anchorX, box.y + box.height + 5, 3.6, 0, 7);
    g.arc(anchorX + 2, box.y + box.height + 12, 2, 0, 7);
    g.fill();
  }
  g.fillStyle = palette.text;
  g.font = isThought ? `italic ${style.font}` : style.font;
  g.textBaseline = "middle";
  g.textAlign = "left";
  box.text.lines.forEach((line, i) =>
    g.fillText(line, box.x + 11, box.y + 7 + style.lineHeight * (i + 0.5)),
  );
  g.restore();
}

function traceBubble(g, { x, y, width, height, anchorX, anchorY }, palette, isThought) {
  const radius = Math.min(14, palette.radius, height / 2);
  const foot = y + height;
  g.beginPath();
  g.roundRect(x, y, width, height, radius);
  if (isThought) return;
  const tail = Math.max(x + radius + 7, Math.min(x + width - radius - 7, anchorX));
  g.moveTo(tail - 6, foot - 0.6);
  g.lineTo(tail + (anchorX - tail) * 0.5, Math.min(anchorY + 2, foot + 9));
  g.lineTo(tail + 6, foot - 0.6);
}
