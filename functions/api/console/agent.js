// Where "an agent" works in the demonstration's tool. The tool tells the hub by its door, as any tool does.

import { ask } from "./api.js";
import { h } from "./dom.js";
import { say } from "./words.js";

const ACTIONS = ["reply", "note", "pend", "resolve"];

// `openCase`: the id of the case that is shown, null for none. `done`: called when the hub has it. The box is built once,
// so that nothing that comes in takes away what somebody types.
export function agentBox(openCase, done) {
  const field = h("textarea", { id: "agent-text", rows: "3", maxlength: "4000", "aria-describedby": "agent-help agent-told" });
  const told = h("p", { id: "agent-told", class: "faint", role: "status" });
  const buttons = ACTIONS.map((action) => h("button", {
    type: action === "reply" ? "submit" : "button", class: action === "reply" ? "primary" : null, "data-key": `agent-${action}`,
    onclick: action === "reply" ? null : () => act(action),
  }, say(action)));
  const form = h("form", { class: "agent", "aria-labelledby": "agent-title", onsubmit: (event) => { event.preventDefault(); act("reply"); } },
    h("h2", { id: "agent-title" }, say("agent_box")), h("label", { for: "agent-text", class: "faint" }, say("agent_text")), field,
    h("div", { class: "agent-deeds" }, buttons), told, h("p", { id: "agent-help", class: "faint" }, say("agent_help")));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });

  function tell(text, isProblem = false) {
    told.className = isProblem ? "problem" : "faint";
    told.textContent = text;
  }

  function enable(can) {
    for (const one of [field, ...buttons]) one.disabled = !can;
  }

  async function act(action) {
    const says = action === "reply" || action === "note";
    const text = field.value.trim();
    const of = openCase();
    if (!of) return;
    if (says && !text) {
      tell(say("text_needed"), true);
      return void field.focus();
    }
    const asked = document.activeElement;
    enable(false);
    tell(say("telling"));
    try {
      await ask("/demo-tool/agent", { case: of, action, ...(says ? { text } : {}) });
      if (says) field.value = "";
      tell(say("told_hub"));
    } catch (problem) {
      tell(problem.message, true);
    }
    enable(openCase() !== null);
    (asked === document.body ? field : asked).focus?.();
    done();
  }

  enable(false);
  return { form, show: (can) => { if (field.disabled === can && told.textContent !== say("telling")) enable(can); } };
}
