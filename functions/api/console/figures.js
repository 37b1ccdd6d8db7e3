// Today's figures by channel, as the hub tells them, and what each one means.

import { h } from "./dom.js";
import { language, say } from "./words.js";

export const SHOWN = [
  "contacts_offered", "frt_human_calendar", "frt_human_business", "sla_first_response", "nrt_business", "cases_resolved",
  "first_resolution_calendar", "fcr", "reopen_rate", "surveys_sent", "csat",
];

// The days until today, of which today's are shown: which day that is, the hub knows by its brand's zone.
export const QUESTIONS = ["day", "day,channel"].map((by) => `/v1/kpis?by=${by}&figure=${SHOWN.join(",")}&lang=${language}`);

// `told`: the hub's answers to `QUESTIONS`, null before they came.
export function figures(told) {
  if (!told) return [];
  const [whole, parted] = told;
  const today = (answer) => answer.groups.filter((group) => group.by.day === answer.to);
  const columns = [...today(whole).map((group) => [say("all_channels"), group]), ...today(parted).map((group) => [say(group.by.channel), group])];
  const section = (...content) => h("section", { class: "card wide" }, h("h2", {}, `${say("figures_of")} ${dayOf(whole.to)}`), ...content);
  if (!columns.length) return section(h("p", { class: "empty" }, say("no_figures")));
  return section(h("div", { class: "scrolled", tabindex: "0", role: "group", "aria-label": say("figures") }, table(columns, whole)),
    h("p", { class: "faint" }, say("figures_help")), meanings(whole.definitions));
}

function table(columns, whole) {
  const names = SHOWN.filter((name) => name in whole.definitions);
  return h("table", { class: "figures" },
    h("thead", {}, h("tr", {}, [say("figure"), ...columns.map(([head]) => head)].map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", {}, names.map((name) => h("tr", { "data-figure": name },
      h("th", { scope: "row", title: whole.definitions[name] }, say(`figure_${name}`)), columns.map(([, group]) => cell(group.figures[name]))))));
}

// Without data there is no number: neither 0 nor 100.
function cell(figure) {
  if (figure?.hidden) return h("td", {}, h("span", { class: "faint" }, "n < 5"));
  const marks = [figure?.mature === false && figure.n ? say("provisional") : "", figure?.greyed && figure.n ? say("few_answers") : ""].filter(Boolean);
  if (!figure || figure.value === null) return h("td", {}, h("span", { class: "faint" }, "–"));
  return h("td", { class: figure.greyed ? "greyed" : null }, h("span", { class: "number" }, shown(figure)),
    figure.unit === "count" ? null : h("span", { class: "faint" }, ` n ${figure.denominator ?? figure.n}`),
    marks.length ? h("span", { class: "faint mark" }, marks.join(", ")) : null);
}

const NUMBER = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });

function shown({ value, unit }) {
  if (unit === "seconds") return lasted(Math.round(value));
  return unit === "percent" ? `${NUMBER.format(value)} %` : NUMBER.format(value);
}

function lasted(seconds) {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function meanings(definitions) {
  return h("details", { class: "meanings", "data-key": "meanings" }, h("summary", { "data-key": "meanings-summary" }, say("figures_mean")),
    h("dl", {}, Object.entries(definitions).flatMap(([name, text]) => [
      h("dt", {}, say(`figure_${name}`), " ", h("code", { class: "faint" }, name)), h("dd", {}, text)])));
}

function dayOf(day) {
  return new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" }).format(new Date(`${day}T12:00:00Z`));
}
