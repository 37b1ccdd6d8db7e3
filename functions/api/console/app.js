// The console: signs in, asks the hub every second while it is looked at, and draws what came.

import { agentBox } from "./agent.js";
import { ask, dropToken, hasToken, keepToken, takeToken } from "./api.js";
import { bubble, caseHead, listItem, logLine, remotes, toldItem } from "./cases.js";
import { draw, h } from "./dom.js";
import { QUESTIONS, figures } from "./figures.js";
import { letters, queues, tools } from "./operations.js";
import { namesOf, phone } from "./phone.js";
import { storyButton } from "./story.js";
import { language, say } from "./words.js";

const EVERY_MS = 1000;
const ELSEWHERE_EVERY_MS = 4000; // a deployed hub pays for every look
const FIGURES_EVERY_MS = 3000;
const FIGURES_ELSEWHERE_EVERY_MS = 60_000; // they are read from many rows
const READ_AHEAD = 8; // cases whose last words are fetched in one turn
const KEEP_TOLD = 3000;
const TABS = ["conversations", "figures", "operations"];
const SIDES = { agent: "agent_side", phone: "phone_side", told: "tool_side" };
const wide = matchMedia("(min-width: 721px)"); // list and conversation side by side, as in style.css

const state = {
  tab: "conversations", live: null, rows: [], found: null, open: null, chosen: false, detail: null, whole: false, told: [], toldAfter: 0,
  queues: [], tools: [], letters: [], lettersNext: null, bodies: {}, message: "", toldLetters: "", busy: false, canOperate: true,
  story: null, phone: [], side: "agent", figures: null, maySeeFigures: true,
};
const last = new Map(); // case id → { version, entry }
const parts = {};
let turn = 0;
let timer = null;

document.documentElement.lang = language;
takeToken();
hasToken() ? start() : signIn();
addEventListener("hashchange", () => { takeToken(); if (hasToken()) start(); });
document.addEventListener("visibilitychange", () => (document.hidden ? pause() : hasToken() && next(0)));

function signIn(problem = "") {
  clearTimeout(timer);
  const field = h("input", { id: "token", type: "password", autocomplete: "off", required: true, "aria-describedby": "help problem" });
  const enter = (event) => { event.preventDefault(); keepToken(field.value.trim()); start(); };
  document.body.replaceChildren(h("main", { class: "door" }, h("form", { class: "card", onsubmit: enter },
    h("h1", { class: "brand" }, "Hilo"), h("label", { for: "token" }, say("token")), field,
    h("p", { id: "help", class: "faint" }, say("token_help")), h("p", { id: "problem", class: "problem", role: "alert" }, problem),
    h("button", { class: "primary" }, say("sign_in")))));
  field.focus();
}

function start() {
  build();
  next(0);
}

function build() {
  const tab = (name) => h("button", { type: "button", class: "tab", id: `tab-${name}`, onclick: () => show(name) },
    say(name), name === "operations" ? (parts.count = h("span", { class: "count", hidden: true })) : null);
  const search = h("input", { type: "search", id: "search", placeholder: say("search_hint"), "aria-label": say("search_hint") });
  const find = (event) => { event.preventDefault(); lookUp(search.value.trim()); };
  parts.status = h("span", { class: "status", role: "status" });
  parts.list = h("ul", { class: "rows", "aria-label": say("customers_panel") });
  parts.note = h("div", { class: "list-note" });
  parts.head = h("header", { class: "case-head" });
  parts.thread = h("ol", { class: "thread", role: "log", tabindex: "0", "data-follow": true, "aria-label": say("said") });
  parts.told = h("section", { class: "told", "data-side": "told" });
  parts.phone = h("section", { class: "phone", "data-side": "phone" });
  parts.agent = agentBox(() => state.open, () => next(0));
  parts.sides = h("div", { class: "sides", role: "group", "aria-label": say("side") }, ["agent", "phone", "told"].map((side) =>
    h("button", { type: "button", class: "tab", id: `side-${side}`, onclick: () => showSide(side) }, say(SIDES[side]))));
  parts.aside = h("aside", { class: "side", hidden: true }, parts.sides,
    h("div", { class: "agent-pane", "data-side": "agent" }, parts.agent.form), parts.phone, parts.told);
  parts.conversations = h("main", { class: "conversations" },
    h("nav", { class: "list-pane" }, h("form", { class: "search", role: "search", onsubmit: find }, search, h("button", {}, say("search"))), parts.note, parts.list),
    h("section", { class: "case-pane" }, parts.head, parts.thread), parts.aside);
  parts.letters = h("div", { class: "wide" });
  parts.queues = h("div");
  parts.tools = h("div");
  parts.figures = h("main", { class: "operations", hidden: true });
  parts.operations = h("main", { class: "operations", hidden: true }, parts.queues, parts.tools, parts.letters);
  for (const use of ["pointerdown", "wheel", "keydown"]) parts.conversations.querySelector(".case-pane").addEventListener(use, stay, { passive: true });
  const leave = () => { dropToken(); location.reload(); };
  document.body.replaceChildren(
    h("header", { class: "top" }, h("h1", { class: "brand" }, "Hilo"), h("nav", { class: "tabs" }, TABS.map(tab)),
      parts.status, h("button", { type: "button", class: "quiet", onclick: leave }, say("sign_out"))),
    parts.conversations, parts.figures, parts.operations);
  showSide(state.side);
  show(state.tab);
}

// Where there is little room, one of the three at a time.
function showSide(side) {
  state.side = side;
  parts.aside.dataset.shows = side;
  for (const name of Object.keys(SIDES)) document.getElementById(`side-${name}`).setAttribute("aria-pressed", String(name === side));
}

function show(tab) {
  state.tab = tab;
  for (const name of TABS) {
    parts[name].hidden = name !== tab;
    document.getElementById(`tab-${name}`).setAttribute("aria-current", name === tab ? "page" : "false");
  }
  next(0);
}

function pause() {
  clearTimeout(timer);
  if (parts.status) status("paused");
}

function status(word) {
  parts.status.textContent = say(word);
  parts.status.dataset.state = word;
}

function next(delay) {
  clearTimeout(timer);
  timer = setTimeout(look, delay);
}

async function look() {
  if (document.hidden) return;
  const mine = ++turn;
  try {
    await LOOKS[state.tab]();
    if (mine % 5 === 1 && state.tab !== "operations") await countLetters();
    status("live");
  } catch (problem) {
    if (problem.status === 401) return void (dropToken(), signIn(say("token_refused")));
    status("offline");
  }
  if (mine !== turn) return;
  drawAll();
  next(pace());
}

const LOOKS = { conversations: lookAtConversations, figures: lookAtFigures, operations: lookAtOperations };

function pace() {
  if (state.tab === "figures") return state.live === false ? FIGURES_ELSEWHERE_EVERY_MS : FIGURES_EVERY_MS;
  return state.live === false ? ELSEWHERE_EVERY_MS : EVERY_MS;
}

async function lookAtConversations() {
  if (state.live !== false) await lookAtActivity();
  followNewest();
  if (state.open) {
    const id = state.open;
    const detail = await ask(`/v1/cases/${encodeURIComponent(id)}${state.whole ? "?log=full" : ""}`);
    if (state.open === id) state.detail = detail;
  }
  if (state.live) await lookAtPhone();
}

// Only the embedded run knows what is on the phones.
async function lookAtPhone() {
  const names = namesOf(openCustomer());
  const seen = names ? (await ask(`/local/phones?person=${encodeURIComponent(names)}`)).messages : [];
  if (names === namesOf(openCustomer())) state.phone = seen;
}

function openCustomer() {
  const rows = [...(state.found ?? []), ...state.rows];
  return rows.find((row) => row.case.customer === state.detail?.customer)?.customer;
}

// Until somebody chooses a conversation or begins to read one, the one where something happened last is open.
function followNewest() {
  const rows = state.found ?? state.rows;
  if (state.chosen || !wide.matches || !rows.length) return;
  const newest = rows.reduce((one, other) => (other.updated_at > one.updated_at ? other : one)).case.id;
  if (newest === state.open) return;
  state.open = newest;
  state.detail = null;
}

function stay() {
  state.chosen = state.open !== null;
}

// Only the embedded run lists what happens; a deployed hub has no such address, and is searched.
async function lookAtActivity() {
  try {
    state.rows = (await ask("/local/activity")).cases;
    state.live = true;
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    state.live = false;
    return;
  }
  await Promise.all([readAhead(state.rows), lookAtTool()]);
}

async function readAhead(rows) {
  const stale = rows.filter((row) => last.get(row.case.id)?.version !== row.case.version).slice(0, READ_AHEAD);
  await Promise.all(stale.map(async ({ case: one }) => {
    const whole = await ask(`/v1/cases/${encodeURIComponent(one.id)}`);
    last.set(one.id, { version: whole.version, entry: whole.interactions.at(-1) ?? null });
  }));
}

async function lookAtTool() {
  let page;
  do {
    page = (await ask(`/demo-tool/events?after=${state.toldAfter}`)).events;
    const fresh = page.filter((event) => event.n > state.toldAfter); // two looks may have asked for the same
    state.told = [...state.told, ...fresh].slice(-KEEP_TOLD);
    state.toldAfter = fresh.at(-1)?.n ?? state.toldAfter;
  } while (page.length >= 1000);
}

async function lookAtOperations() {
  state.tools = (await ask("/v1/connectors")).connectors;
  await operate(async () => {
    state.queues = (await ask("/v1/queues")).queues;
    await lookAtLetters();
  });
}

async function lookAtLetters() {
  if (state.letters.length > 200) return; // somebody reads on: what is shown stays until it is sent again
  const page = await ask(`/v1/dead-letters?limit=${Math.max(50, Math.min(state.letters.length, 200))}`);
  state.letters = page.dead_letters;
  state.lettersNext = page.next;
}

const countLetters = () => operate(lookAtLetters);

async function lookAtFigures() {
  state.maySeeFigures = true;
  try {
    state.figures = await Promise.all(QUESTIONS.map((question) => ask(question)));
  } catch (problem) {
    if (problem.status !== 403) throw problem;
    state.maySeeFigures = false;
  }
}

async function operate(work) {
  try {
    await work();
    state.canOperate = true;
  } catch (problem) {
    if (problem.status !== 403) throw problem;
    state.canOperate = false;
  }
}

async function lookUp(text) {
  if (!text) {
    state.found = null;
    return drawAll();
  }
  const guess = text.includes("@") ? "email" : "phone";
  const identity = /^[a-z]+:/.test(text) ? text : `${guess}:${text}`;
  try {
    const { customers } = await ask(`/v1/customers?identity=${encodeURIComponent(identity)}`);
    const timelines = await Promise.all(customers.map((one) => ask(`/v1/customers/${encodeURIComponent(one.id)}/timeline`)));
    state.found = timelines.flatMap(({ customer, cases }) => cases.map((one) => ({
      case: one, customer, updated_at: one.interactions.at(-1)?.received_at ?? one.opened_at, last: one.interactions.at(-1),
    })));
    state.message = state.found.length ? "" : say("nobody");
  } catch (problem) {
    if (problem.status === 401) return void (dropToken(), signIn(say("token_refused")));
    state.found = [];
    state.message = problem.message;
  }
  drawAll();
}

function open(id) {
  state.open = id;
  state.chosen = true;
  state.detail = null;
  state.whole = false;
  parts.thread.scrollTop = 0;
  drawAll();
  next(0);
}

function back() {
  state.open = null;
  state.chosen = false;
  state.detail = null;
  drawAll();
  parts.list.querySelector("button")?.focus();
}

// Only the embedded run has a story to play.
async function playStory() {
  const begun = await ask("/local/scenario", {}).catch((problem) => ({ refused: problem.message, seconds: 5 }));
  state.story = begun;
  setTimeout(() => { if (state.story === begun) state.story = null; }, begun.seconds * 1000);
  next(0);
}

async function redrive(wish) {
  state.busy = true;
  state.letters = state.letters.slice(0, 200);
  drawAll();
  try {
    const { redriven, refused } = await ask("/v1/dead-letters/redrive", wish);
    state.toldLetters = [`${redriven} ${say("redriven")}`, ...refused.map((one) => one.reason).slice(0, 1)].join(" · ");
  } catch (problem) {
    state.toldLetters = problem.message;
  }
  state.busy = false;
  next(0);
}

async function showLetter(id) {
  if (id in state.bodies) return;
  state.bodies[id] = await ask(`/v1/dead-letters/${encodeURIComponent(id)}`).then((one) => one.body, (problem) => problem.message);
  drawAll();
}

async function moreLetters() {
  try {
    const page = await ask(`/v1/dead-letters?cursor=${encodeURIComponent(state.lettersNext)}&limit=200`);
    state.letters = [...state.letters, ...page.dead_letters];
    state.lettersNext = page.next;
  } catch (problem) {
    state.toldLetters = problem.message;
  }
  drawAll();
}

function drawAll() {
  drawList();
  drawCase();
  drawFigures();
  drawOperations();
}

function drawList() {
  const rows = (state.found ?? state.rows).map((row) => ({ ...row, last: row.last ?? last.get(row.case.id)?.entry }));
  const quiet = state.live === false ? say("look_up") : say("nothing_yet");
  const note = state.found ? state.message : rows.length ? "" : state.live === null ? "" : quiet;
  const shown = rows.map((row) => ({ ...row, case: { ...row.case, interactions: undefined } }));
  draw(parts.list, [shown, state.open], () => rows.map((row) => listItem(row, row.case.id === state.open, open)));
  draw(parts.note, [note, state.found !== null, state.live, state.story], () => [
    note ? h("p", { class: "empty" }, note) : null,
    state.live && !state.found ? storyButton(state.story, playStory) : null,
    state.found ? h("button", { type: "button", class: "quiet", "data-key": "all", onclick: () => lookUp("") }, `× ${say("all_conversations")}`) : null,
  ]);
}

function drawCase() {
  const one = state.detail;
  const customer = openCustomer();
  parts.conversations.dataset.open = state.open ? "yes" : "no";
  const toggle = () => { state.whole = !state.whole; next(0); };
  const whole = () => h("button", { type: "button", class: "quiet", "data-key": "whole", "aria-pressed": String(state.whole), onclick: toggle }, say("whole_log"));
  draw(parts.head, one && [customer, { ...one, interactions: 0, entries: 0 }, state.whole],
    () => (one ? [...caseHead(one, customer, back, whole()), remotes(one)] : []));
  const entries = state.whole && one?.entries ? one.entries : one?.interactions ?? [];
  draw(parts.thread, [state.open, state.whole, entries], () => {
    if (!state.open) return h("li", { class: "empty" }, say("choose"));
    const items = entries.map(state.whole && one.entries ? logLine : bubble);
    return one?.next ? [...items, h("li", { class: "empty" }, say("more_entries"))] : items;
  });
  drawTold();
}

function drawTold() {
  parts.aside.hidden = !state.live;
  parts.agent.show(state.open !== null);
  draw(parts.phone, [state.open, state.phone], () => phone(state.open ? state.phone : []));
  const mine = state.told.filter((event) => !state.open || isOfOpen(event.body?.data)).slice(-60).reverse();
  draw(parts.told, mine, () => [
    h("h2", {}, say("told")),
    mine.length ? h("ol", { class: "told-list" }, mine.map(toldItem)) : h("p", { class: "empty" }, say("told_nothing")),
  ]);
}

// What is told of a person names no case.
function isOfOpen(told) {
  return told?.case ? told.case.id === state.open : Boolean(told?.customer) && told.customer.id === state.detail?.customer;
}

function drawFigures() {
  const told = state.figures?.map((answer) => ({ ...answer, as_of: null })) ?? null;
  draw(parts.figures, [told, state.maySeeFigures],
    () => (state.maySeeFigures ? figures(told) : h("p", { class: "empty wide" }, say("scope_missing"))));
}

function drawOperations() {
  const many = state.letters.length;
  parts.count.hidden = !many;
  parts.count.textContent = `${many}${state.lettersNext ? "+" : ""}`;
  draw(parts.queues, [state.queues, state.canOperate], () => (state.canOperate ? queues(state.queues) : h("p", { class: "empty" }, say("scope_missing"))));
  draw(parts.tools, state.tools, () => tools(state.tools));
  const shown = { list: state.letters, next: state.lettersNext, bodies: state.bodies, told: state.toldLetters, busy: state.busy };
  draw(parts.letters, [shown, state.canOperate], () => (state.canOperate ? letters(shown, redrive, showLetter, moreLetters) : []));
}
