// The button that plays the demonstration's story to the hub that runs here.

import { h } from "./dom.js";
import { say } from "./words.js";

// `told`: what the hub answered, null while there is nothing to say.
export function storyButton(told, play) {
  return h("div", { class: "story" },
    h("button", { type: "button", "data-key": "story", onclick: play }, say("see_story")),
    h("p", { class: told?.refused ? "problem" : "faint", role: "status" }, told && (told.refused || say("story_begins"))));
}
