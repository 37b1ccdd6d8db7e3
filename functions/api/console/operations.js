// Queues, tools and dead letters.

import { h } from "./dom.js";
import { moment, say } from "./words.js";

export function queues(list) {
  return table(say("queues"), [say("queue"), say("waiting"), say("in_flight")], list.map((one) => [
    h("code", {}, one.name), number(one.waiting), number(one.in_flight),
  ]));
}

export function tools(list) {
  return table(say("tools"), [say("tool"), say("state"), say("failures"), say("reason")], list.map((one) => [
    h("span", {}, h("strong", {}, one.name), h("span", { class: "faint" }, ` ${one.kind}`)),
    h("span", { class: `chip breaker-${one.state}` }, say(`${one.state}_breaker`)), number(one.failures), one.reason ?? "",
  ]));
}

export function letters(shown, redrive, show, more) {
  const { list, next, bodies, told, busy } = shown;
  const head = h("div", { class: "section-head" }, h("h2", {}, say("dead_letters")),
    list.length ? h("button", {
      type: "button", class: "primary", "data-key": "all", disabled: busy, onclick: () => redrive({ all: true }),
    }, say("redrive_all")) : null);
  return h("section", { class: "card wide" }, head, h("p", { role: "status", class: "faint" }, told ?? ""),
    list.length ? h("ul", { class: "letters" }, list.map((one) => letter(one, bodies[one.id], busy, redrive, show)))
      : h("p", { class: "empty" }, say("no_dead_letters")),
    next ? h("button", { type: "button", class: "quiet", "data-key": "more", onclick: more }, say("more")) : null);
}

function letter(one, body, busy, redrive, show) {
  return h("li", { class: "letter" },
    h("div", { class: "letter-text" },
      h("p", {}, h("span", { class: "chip breaker-stopped" }, one.error), " ", h("strong", { dir: "auto" }, one.reason ?? "")),
      h("p", { class: "faint" }, `${one.origin} · ${moment(one.last_at)} · ${say("attempts")}: ${one.attempts} · ${one.trace_id ?? ""}`),
      h("details", { "data-key": `body-${one.id}`, ontoggle: (event) => event.target.open && show(one.id) },
        h("summary", { "data-key": `summary-${one.id}` }, say("contents")), h("pre", {}, body ?? "…"))),
    h("button", {
      type: "button", "data-key": `redrive-${one.id}`, disabled: busy, "aria-label": `${say("redrive")}: ${one.reason ?? one.error}`,
      onclick: () => redrive({ ids: [one.id] }),
    }, say("redrive")));
}

const number = (value) => h("span", { class: "number" }, String(value));

function table(title, heads, rows) {
  return h("section", { class: "card" }, h("h2", {}, title), h("table", {},
    h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell) => h("td", {}, cell)))))));
}
