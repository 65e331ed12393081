// Scales and their ticks: round numbers, and days, months or years.
const LANGUAGE = document.documentElement.lang || "en";

// From two values to two places: the place of a value, and, with `back`, the value of a place.
export function linear(from, to, start, end) {
  const span = to - from || 1;
  const place = (value) => start + ((value - from) / span) * (end - start);
  place.back = (at) => from + ((at - start) / (end - start)) * span;
  return place;
}

export function ticksOf(from, to, most) {
  const rough = (to - from) / most || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10);
  const ticks = [];
  for (let at = Math.ceil(from / step - 1e-9); at * step <= to + step * 1e-9 && ticks.length < 50; at++) ticks.push(at * step || 0);
  return ticks;
}

export function sayNumber(value) {
  const size = Math.abs(value);
  const form = size >= 1e15 || (size && size < 1e-4) ? { notation: "scientific", maximumFractionDigits: 2 } :
    size >= 1e6 ? { notation: "compact", maximumFractionDigits: 2 } : { maximumFractionDigits: 6, useGrouping: size >= 1e4 };
  return new Intl.NumberFormat(LANGUAGE, form).format(value);
}

const UNITS = [ // days that a step is about, and how its ticks are said
  ...[1, 2, 7, 14].map((days) => ({ days, form: { day: "numeric", month: "short", year: "numeric" } })),
  ...[1, 3, 6].map((months) => ({ days: months * 30.44, months, form: { month: "short", year: "numeric" } })),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map((years) => ({ days: years * 365.25, months: years * 12, form: { year: "numeric" } })),
];

export function dateTicks(from, to, most) { // days since 1970
  const unit = UNITS.find((each) => (to - from) / each.days <= most) ?? UNITS.at(-1);
  const said = (days) => new Date(days * 86_400_000).toLocaleDateString(LANGUAGE, { ...unit.form, timeZone: "UTC" });
  if (!unit.months) {
    const first = Math.ceil(from / unit.days) * unit.days;
    return Array.from({ length: Math.floor((to - first) / unit.days) + 1 }, (_, n) => first + n * unit.days).map((at) => [at, said(at)]);
  }
  const start = new Date(from * 86_400_000);
  const ticks = [];
  for (let month = Math.floor((start.getUTCFullYear() * 12 + start.getUTCMonth()) / unit.months) * unit.months; ticks.length < 60; month += unit.months) {
    const at = new Date(0);
    at.setUTCFullYear(Math.floor(month / 12), ((month % 12) + 12) % 12, 1);
    const days = at.getTime() / 86_400_000;
    if (days > to) break;
    if (days >= from) ticks.push([days, said(days)]);
  }
  return ticks;
}
