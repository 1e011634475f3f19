// The emoji the app may use by name. Others stay as they were written.

const EMOJI = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️", hourglass: "⌛",
  hourglass_flowing_sand: "⏳", tada: "🎉", eyes: "👀", email: "📧", envelope: "✉️", link: "🔗", lock: "🔒",
  unlock: "🔓", key: "🔑", bell: "🔔", rotating_light: "🚨", information_source: "ℹ️", question: "❓",
  exclamation: "❗", bulb: "💡", pencil2: "✏️", memo: "📝", calendar: "📅", alarm_clock: "⏰", stopwatch: "⏱️",
  handshake: "🤝", wave: "👋", "+1": "👍", "-1": "👎", thumbsup: "👍", thumbsdown: "👎", no_entry: "⛔",
  no_entry_sign: "🚫", red_circle: "🔴", large_yellow_circle: "🟡", large_green_circle: "🟢", white_circle: "⚪",
  large_blue_circle: "🔵", star: "⭐", rocket: "🚀", gear: "⚙️", busts_in_silhouette: "👥", office: "🏢",
  arrow_right: "➡️", repeat: "🔁", shield: "🛡️", speech_balloon: "💬", mag: "🔍",
};

/** Return the character for a name without colons, or undefined. */
export const emoji = (name) => EMOJI[name];
