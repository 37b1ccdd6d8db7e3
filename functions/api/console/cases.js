// The conversations: a list, the one that is open, and what the tool was told of it.

import { h, link } from "./dom.js";
import { moment, say } from "./words.js";

export function nameOf(customer) {
  const first = customer?.identities?.[0];
  return customer?.display_name || (first ? first.value : say("no_name"));
}

const initials = (name) => [...name.replace(/[^\p{L}\p{N} ]/gu, "").trim()].slice(0, 1).join("").toUpperCase() || "·";

// One hue of eight for each person, so that a list of sixty can be told apart.
const hue = (id) => [...String(id)].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 997, 7) % 8;

export const avatar = (customer, id) =>
  h("span", { class: `avatar hue-${hue(id)}`, "aria-hidden": "true" }, initials(nameOf(customer)));

export const stateChip = (state) => h("span", { class: `chip state-${state}` }, say(state));

export function listItem(row, isOpen, open) {
  const { case: one, customer } = row;
  return h("li", {}, h("button", {
    type: "button", class: "row", "data-key": one.id, "aria-current": isOpen ? "true" : null, onclick: () => open(one.id),
  },
  avatar(customer, one.customer),
  h("span", { class: "row-text" },
    h("span", { class: "row-top" }, h("strong", {}, nameOf(customer)), h("time", { datetime: row.updated_at }, moment(row.updated_at))),
    h("span", { class: "row-last" }, row.last ? summary(row.last) : one.reference),
    h("span", { class: "row-foot" }, stateChip(one.state), h("span", {}, one.channels.join(", "))))));
}

export function summary(entry) {
  if (entry.deleted) return say("deleted");
  const who = entry.direction === "outbound" ? "↩ " : "";
  return who + (entry.text || entry.attachments?.map((one) => say(one.kind)).join(", ") || say(entry.kind));
}

export function caseHead(one, customer, back, toggle) {
  return [
    h("button", { type: "button", class: "quiet back", "data-key": "back", onclick: back }, `← ${say("back")}`),
    h("div", { class: "case-title" },
      avatar(customer, one.customer),
      h("div", {},
        h("h2", {}, nameOf(customer)),
        h("p", { class: "faint" }, (customer?.identities ?? []).map((held) => `${held.kind}: ${held.value}`).join(" · ")))),
    h("div", { class: "case-facts" },
      h("span", { class: "reference" }, one.reference), stateChip(one.state),
      h("span", { class: "faint" }, `${one.brand} · ${one.channels.join(", ")} · ${moment(one.opened_at)}`), toggle),
  ];
}

export function remotes(one) {
  const known = Object.entries(one.remote ?? {});
  if (!known.length) return null;
  return h("ul", { class: "remotes", "aria-label": say("in_tools") }, known.map(([name, remote]) =>
    h("li", { class: remote.error ? "remote failing" : "remote" },
      h("strong", {}, name), " ",
      remote.id ? (remote.url ? link(remote.url, remote.id) : h("code", {}, remote.id)) : h("span", { class: "faint" }, say("not_there_yet")),
      h("span", { class: "faint" }, ` ${say("told_up_to")} ${remote.pushed} ${say("of")} ${one.version}`),
      remote.error ? h("p", { class: "problem" }, remote.error) : null)));
}

export function bubble(entry) {
  const side = entry.direction === "outbound" ? "ours" : "theirs";
  const kind = entry.visibility === "internal" ? "note" : side;
  return h("li", { class: `entry ${kind}${entry.deleted ? " gone" : ""}` },
    h("div", { class: "bubble" },
      entry.subject ? h("strong", { class: "subject" }, entry.subject) : null,
      h("p", { dir: "auto" }, entry.deleted ? say("deleted") : entry.text || (hasParts(entry) ? "" : say(entry.kind))),
      parts(entry)),
    h("p", { class: "meta" }, [
      author(entry), moment(entry.occurred_at ?? entry.received_at), entry.edited ? say("edited") : null,
      entry.forwarded ? say("forwarded") : null, entry.visibility === "internal" ? say("internal") : null,
      entry.delivery ? say(entry.delivery) : null,
    ].filter(Boolean).join(" · ")),
    entry.reactions?.length ? h("p", { class: "reactions" }, entry.reactions.map((one) => one.emoji).join(" ")) : null);
}

const author = (entry) => entry.author.name || say(entry.author.type);
const hasParts = (entry) => Boolean(entry.attachments?.length || entry.location || entry.contacts?.length || entry.order);

function parts(entry) {
  const shown = (entry.attachments ?? []).map(attachment);
  if (entry.location) shown.push(`${say("location")}: ${entry.location.name ?? `${entry.location.latitude}, ${entry.location.longitude}`}`);
  for (const card of entry.contacts ?? []) shown.push(`${say("contact")}: ${card.name ?? card.phones?.[0] ?? ""}`);
  if (entry.order) shown.push(`${say("order")}: ${entry.order.items?.length ?? 0}`);
  return shown.length ? h("ul", { class: "parts" }, shown.map((text) => h("li", {}, text))) : null;
}

// A file that the hub has is a link to it; what it has not says why.
function attachment(one) {
  const text = [say(one.kind), one.stored?.filename ?? one.filename].filter(Boolean).join(": ");
  if (one.stored?.url) return [link(new URL(one.stored.url, location.origin).href, text), one.stored.dangerous ? ` ⚠ ${say("dangerous")}` : null];
  return one.stored && one.stored.state !== "fetched" ? `${text} (${say(`file_${one.stored.state}`)})` : text;
}

export function logLine(entry) {
  return h("li", { class: "log-line" },
    h("span", { class: "sequence" }, String(entry.sequence)), h("code", {}, entry.kind), " ",
    h("span", { class: "faint" }, `${author(entry)} · ${moment(entry.occurred_at ?? entry.received_at)} `),
    h("span", { dir: "auto" }, entry.text ?? entry.reaction?.emoji ?? entry.receipt?.state ?? entry.reason ?? ""));
}

export function toldItem(event) {
  const body = typeof event.body === "object" && event.body !== null ? event.body : {};
  const sequence = body.data?.sequence;
  return h("li", { class: "told-item" }, h("details", { "data-key": event.webhook_id },
    h("summary", { "data-key": `told-${event.n}` },
      h("span", { class: "told-type" }, body.type ?? "?"),
      sequence === undefined ? null : h("span", { class: "sequence" }, String(sequence)),
      event.repeats ? h("span", { class: "chip state-on_hold" }, `${event.repeats} ${say("repeats")}`) : null,
      h("time", { datetime: event.received_at }, moment(event.received_at))),
    h("pre", {}, JSON.stringify(event.body, null, 1))));
}
