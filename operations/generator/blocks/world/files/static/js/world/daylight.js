// The colour of the light by the hour.

import { toRgb } from "./palette.js";

const DAWN = [255, 176, 142];
const MORNING = [255, 238, 210];
const NOON = [255, 255, 255];
const AFTERNOON = [255, 240, 205];
const SUNSET = [255, 168, 112];
const DUSK = [122, 92, 160];

// `strength` (0 to 1) is how much of `color` lies over everything, `darkness` how dark the night is.
export function lightAt(hour, palette) {
  const night = toRgb(palette.night);
  const key = [
    [0, night, 0.74],
    [4.8, night, 0.68],
    [6.3, DAWN, 0.3],
    [8, MORNING, 0.1],
    [12, NOON, 0],
    [16.5, AFTERNOON, 0.12],
    [18.6, SUNSET, 0.36],
    [20.2, DUSK, 0.5],
    [21.6, night, 0.7],
    [24, night, 0.74],
  ];
  const next = key.findIndex(([at], i) => i > 0 && at >= hour);
  const [fromHour, fromColor, fromStrength] = key[next - 1];
  const [toHour, toColor, toStrength] = key[next];
  const share = (hour - fromHour) / (toHour - fromHour);
  const between = (from, to) => from + (to - from) * share;
  return {
    color: fromColor.map((value, i) => Math.round(between(value, toColor[i]))),
    strength: between(fromStrength, toStrength),
    darkness: Math.max(0, Math.min(1, hour < 12 ? (7 - hour) / 1.6 : (hour - 18.4) / 1.8)),
  };
}
