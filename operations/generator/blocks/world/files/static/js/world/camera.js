// Pan, zoom and follow, by pointer, wheel, pinch and keys. The camera eases toward its target.

const MOST_ZOOM = 2.6;
const FOLLOW_ZOOM = 1.5;
const CLICK_SLOP = 5;
const GLIDE_STOPS_BELOW = 4;
const KEY_STEP = 70;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function createCamera(map, center) {
  const target = { x: center.x, y: center.y, zoom: 1 };
  const camera = {
    x: center.x,
    y: center.y,
    zoom: 1,
    // The agent to keep in sight, and how far (in pixels) panels push the middle aside.
    followed: null,
    offset: { x: 0, y: 0 },
    view: { width: 1, height: 1 },
    gliding: { x: 0, y: 0 },
    held: false,
  };
  const { view, gliding } = camera;

  const leastZoom = () => Math.max(view.width / map.width, view.height / map.height) * 1.001;
  const within = (value, half, size) => Math.max(half, Math.min(size - half, value));

  function clamp(place) {
    place.x = within(place.x, view.width / 2 / place.zoom, map.width);
    place.y = within(place.y, view.height / 2 / place.zoom, map.height);
  }

  function clampTarget() {
    target.zoom = Math.max(leastZoom(), Math.min(MOST_ZOOM, target.zoom));
    clamp(target);
  }

  camera.isZooming = () => camera.zoom !== target.zoom;

  camera.toWorld = (x, y) => [
    (x - view.width / 2) / camera.zoom + camera.x,
    (y - view.height / 2) / camera.zoom + camera.y,
  ];

  camera.toScreen = (x, y) => [
    (x - camera.x) * camera.zoom + view.width / 2,
    (y - camera.y) * camera.zoom + view.height / 2,
  ];

  camera.resize = (width, height) => {
    view.width = width;
    view.height = height;
    clampTarget();
  };

  // Keeps the point under (x, y) where it is.
  camera.zoomBy = (factor, x = view.width / 2, y = view.height / 2) => {
    const dx = x - view.width / 2;
    const dy = y - view.height / 2;
    const held = [dx / target.zoom + target.x, dy / target.zoom + target.y];
    target.zoom *= factor;
    clampTarget();
    if (camera.followed) return;
    target.x = held[0] - dx / target.zoom;
    target.y = held[1] - dy / target.zoom;
    clampTarget();
  };

  camera.moveBy = (dx, dy) => {
    target.x += dx;
    target.y += dy;
    clampTarget();
  };

  camera.follow = (agent) => {
    camera.followed = agent;
    if (agent && target.zoom < FOLLOW_ZOOM - 0.1) target.zoom = FOLLOW_ZOOM;
  };

  camera.jumpTo = (zoom, dy = 0) => {
    target.zoom = zoom;
    target.y += dy;
    clampTarget();
    Object.assign(camera, target);
  };

  camera.step = (seconds, calm) => {
    if (camera.followed) {
      target.x = camera.followed.x + camera.offset.x / target.zoom;
      target.y = camera.followed.y - 20 + camera.offset.y / target.zoom;
    } else if (!camera.held && Math.hypot(gliding.x, gliding.y) > GLIDE_STOPS_BELOW) {
      target.x -= (gliding.x * seconds) / camera.zoom;
      target.y -= (gliding.y * seconds) / camera.zoom;
      gliding.x *= 0.92;
      gliding.y *= 0.92;
    }
    clampTarget();
    const ease = calm ? 1 : 1 - Math.exp(-seconds * (camera.held ? 40 : 7));
    camera.x += (target.x - camera.x) * ease;
    camera.y += (target.y - camera.y) * ease;
    camera.zoom += (target.zoom - camera.zoom) * ease;
    // Standing still exactly lets the scaled ground be reused.
    if (Math.abs(target.zoom - camera.zoom) < 0.0015) camera.zoom = target.zoom;
    if (!camera.followed && Math.abs(target.x - camera.x) < 0.1) camera.x = target.x;
    if (!camera.followed && Math.abs(target.y - camera.y) < 0.1) camera.y = target.y;
    clamp(camera);
  };

  return camera;
}

// `on` is told of pick(x, y), hover(x, y) in map units, and of unfollow() when a person moves the view.
export function steerCamera(camera, element, on) {
  const pointers = new Map();
  let moved = 0;
  let spread = 0;

  const at = (event) => {
    const box = element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const letGo = () => {
    if (camera.followed) on.unfollow();
  };

  element.addEventListener("pointerdown", (event) => {
    element.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, at(event));
    camera.held = true;
    camera.gliding.x = camera.gliding.y = 0;
    moved = spread = 0;
  });

  element.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    const here = at(event);
    if (!before) {
      on.hover(...camera.toWorld(...here));
      return;
    }
    pointers.set(event.pointerId, here);
    if (pointers.size === 2) pinch();
    else drag(here[0] - before[0], here[1] - before[1]);
  });

  function drag(dx, dy) {
    moved += Math.abs(dx) + Math.abs(dy);
    if (moved <= CLICK_SLOP) return;
    letGo();
    camera.moveBy(-dx / camera.zoom, -dy / camera.zoom);
    camera.gliding.x = dx * 40;
    camera.gliding.y = dy * 40;
  }

  function pinch() {
    const [a, b] = [...pointers.values()];
    const distance = Math.hypot(a[0] - b[0], a[1] - b[1]);
    if (spread) camera.zoomBy(distance / spread, (a[0] + b[0]) / 2, (a[1] + b[1]) / 2);
    spread = distance;
    moved = CLICK_SLOP + 1;
  }

  function release(event) {
    const wasDown = pointers.delete(event.pointerId);
    camera.held = pointers.size > 0;
    spread = 0;
    if (wasDown && moved <= CLICK_SLOP && event.type === "pointerup") {
      on.pick(...camera.toWorld(...at(event)));
    }
  }
  element.addEventListener("pointerup", release);
  element.addEventListener("pointercancel", release);

  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      camera.zoomBy(Math.exp(-event.deltaY * 0.0016), ...at(event));
    },
    { passive: false },
  );

  element.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (arrow) {
      event.preventDefault();
      letGo();
      camera.moveBy((arrow[0] * KEY_STEP) / camera.zoom, (arrow[1] * KEY_STEP) / camera.zoom);
    } else if (event.key === "+" || event.key === "=") camera.zoomBy(1.25);
    else if (event.key === "-") camera.zoomBy(0.8);
  });
}
