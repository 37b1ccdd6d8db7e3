// What the customer's phone and mailbox show of the company's answers, each with its tick.

import { h } from "./dom.js";
import { moment, say } from "./words.js";

const TICKS = { accepted: "🕓", sent: "✓", delivered: "✓✓", read: "✓✓", played: "✓✓", failed: "⚠" };

// By which names channels may know somebody: what their identities say, in the order in which they are held.
export const namesOf = (customer) => (customer?.identities ?? [])
  .filter((one) => ["phone", "whatsapp", "email", "messenger", "instagram"].includes(one.kind))
  .map((one) => one.address ?? one.value).join(",");

export function phone(messages) {
  return [
    h("h2", { id: "phone-title" }, say("phone")),
    messages.length
      ? h("ol", { class: "screen", "data-follow": true, tabindex: "0", "aria-labelledby": "phone-title" }, messages.map(message))
      : h("p", { class: "empty" }, say("phone_nothing")),
  ];
}

function message(one) {
  return h("li", { class: `on-phone tick-${one.state}` },
    h("p", { dir: "auto" }, one.kind === "template" ? `${say("template")}: ${one.text}` : one.text ?? say(one.kind)),
    h("p", { class: "meta" }, h("time", { datetime: one.at }, moment(one.at)), " ",
      h("span", { class: "tick", "aria-hidden": "true" }, TICKS[one.state] ?? ""), ` ${say(one.state)}`));
}
