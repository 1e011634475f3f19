// Moments in a person's own zone and language.

import { state } from "./store.js";

const DAY = 86_400_000;

/** Return zone and language of the person shown; for anyone else the browser's zone and the page's language. */
export function viewer() {
  const user = state.people?.users[state.me];
  return { timeZone: user?.tz, locale: user?.locale ?? document.documentElement.lang };
}

/** Return the sandbox's time. */
export function now() {
  if (!state.world) return new Date();
  return new Date(Date.parse(state.world.now) + Date.now() - state.world.received);
}

export function format(date, options) {
  const { timeZone, locale } = viewer();
  return new Intl.DateTimeFormat(locale, { timeZone, ...options }).format(date);
}

export const ofTs = (ts) => new Date(Number(ts) * 1000);
export const time = (date) => format(date, { hour: "numeric", minute: "2-digit" });
export const day = (date) => format(date, { dateStyle: "medium" });
export const moment = (date) => format(date, { dateStyle: "medium", timeStyle: "short" });

const FORMS = {
  date_num: (date) => format(date, { year: "numeric", month: "2-digit", day: "2-digit" }),
  date_slash: (date) => format(date, { year: "numeric", month: "2-digit", day: "2-digit" }),
  date_long: (date) => format(date, { weekday: "long", year: "numeric", month: "long", day: "numeric" }),
  date: (date) => format(date, { year: "numeric", month: "long", day: "numeric" }),
  date_short: (date) => format(date, { year: "numeric", month: "short", day: "numeric" }),
  time,
  time_secs: (date) => format(date, { hour: "numeric", minute: "2-digit", second: "2-digit" }),
  ago: (date) => relative(date),
};

/** Return a Slack date format such as `{date_short_pretty} {time}` filled in. `seconds` is a Unix time. */
export function slackDate(seconds, pattern) {
  const date = new Date(Number(seconds) * 1000);
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => {
    const plain = name.replace(/_pretty$/, "");
    if (!(plain in FORMS)) return whole;
    return (name !== plain && near(date)) || FORMS[plain](date);
  });
}

/** Return "yesterday", "today" or "tomorrow" in the viewer's language, "" for other days. */
export function near(date) {
  const days = dayNumber(date) - dayNumber(now());
  if (Math.abs(days) > 1) return "";
  return new Intl.RelativeTimeFormat(viewer().locale, { numeric: "auto" }).format(days, "day");
}

function relative(date) {
  const seconds = (date - now()) / 1000;
  const units = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? units.at(-1);
  return new Intl.RelativeTimeFormat(viewer().locale, { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

function dayNumber(date) {
  const { year, month, day: dayOfMonth } = zoned(date);
  return Date.UTC(year, month - 1, dayOfMonth) / DAY;
}

/** Return the wall clock of the viewer as numbers. */
export function zoned(date) {
  const options = {
    timeZone: viewer().timeZone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric",
    hour: "numeric", minute: "numeric", second: "numeric",
  };
  const parts = new Intl.DateTimeFormat("en-US", options).formatToParts(date);
  return Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
}

/** Return `YYYY-MM-DDTHH:mm` of a Unix time on the viewer's wall clock. */
export function toLocal(seconds) {
  const { year, month, day: dayOfMonth, hour, minute } = zoned(new Date(seconds * 1000));
  const two = (number) => String(number).padStart(2, "0");
  return `${year}-${two(month)}-${two(dayOfMonth)}T${two(hour)}:${two(minute)}`;
}

/** Return the Unix time of `YYYY-MM-DDTHH:mm` on the viewer's wall clock, null when empty. */
export function fromLocal(text) {
  if (!text) return null;
  const wanted = Date.parse(`${text}Z`);
  let guess = wanted;
  for (let round = 0; round < 2; round += 1) guess += wanted - Date.parse(`${toLocal(guess / 1000)}Z`);
  return Math.floor(guess / 1000);
}
