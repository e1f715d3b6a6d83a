// A look (0 to 47) is what somebody wears: colours, hair and style follow from the number.

const SKINS = ["#f3d3b3", "#c68f64", "#8c5a3b", "#e5b68c", "#6b4430", "#d9a679"];
const HAIRS = ["#3b2a20", "#1d1a1c", "#8a552b", "#cda25a", "#6b6460", "#a63f24"];
const TOPS = [
  "#c4553d",
  "#4f7392",
  "#e0a63a",
  "#5f8a4b",
  "#9c4f7a",
  "#2f7a78",
  "#d77a3d",
  "#5a5fa8",
  "#b8475a",
  "#8a7a4c",
  "#3f8f6b",
  "#c9c2b0",
];
const LEGS = ["#3a3f4a", "#5b4636", "#2f4858", "#6b5b7a"];

export const STYLE = { bun: 0, longHair: 1, scarf: 2, belt: 3, hat: 4 };

export function lookOf(number) {
  return {
    skin: SKINS[((number * 7) >> 2) % 6],
    hair: HAIRS[(number * 5 + (number >> 3)) % 6],
    top: TOPS[number % 12],
    legs: LEGS[number % 4],
    style: number % 5,
    hasBun: number % 5 === STYLE.bun && number % 2 === 1,
    wearsDress: number % 3 === 1,
    hasUmbrella: number % 3 !== 0,
  };
}

export function portrait(number, size = 56) {
  const { skin, hair, top, style } = lookOf(number);
  const locks =
    style === STYLE.longHair
      ? `<path d="M14 22c-1 8 0 14 2 18l5-2c-3-4-4-9-3-15zM42 22c1 8 0 14-2 18l-5-2c3-4 4-9 3-15z" fill="${hair}"/>`
      : "";
  return `<svg class="portrait" viewBox="0 0 56 56" width="${size}" height="${size}" aria-hidden="true">
    <rect width="56" height="56" fill="${top}" opacity="0.28"/>
    <path d="M8 60c0-14 8-21 20-21s20 7 20 21" fill="${top}"/>
    <rect x="23" y="32" width="10" height="11" rx="4" fill="${skin}"/>
    <circle cx="28" cy="24" r="12.5" fill="${skin}"/>
    <path d="M15 24a13 13.5 0 0 1 26-1c-3-6-9-8-14-7-6 1-10 3-12 8z" fill="${hair}"/>${locks}
    <circle cx="23.5" cy="26" r="1.5"/><circle cx="32.5" cy="26" r="1.5"/>
    <path d="M24.5 30.5c2 1.8 5 1.8 7 0" fill="none" stroke="#7a3f30" stroke-width="1.4" stroke-linecap="round"/>
  </svg>`;
}
