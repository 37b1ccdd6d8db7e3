// Elements without markup: whatever a customer wrote is only ever a text node.

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// A link only to where a browser may safely go.
export function link(url, text) {
  const address = URL.canParse(url) ? new URL(url) : null;
  const safe = address && ["http:", "https:"].includes(address.protocol);
  return safe ? h("a", { href: address.href, target: "_blank", rel: "noopener noreferrer" }, text) : h("span", {}, text);
}

// Draws into `parent` only when what it shows has changed; keeps the focus and, at its end, the end in view.
export function draw(parent, shown, build) {
  const key = JSON.stringify(shown);
  if (parent.drawn === key) return;
  parent.drawn = key;
  const focused = parent.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  const opened = new Set([...parent.querySelectorAll("details[open]")].map((one) => one.dataset.key));
  const atEnd = parent.scrollHeight - parent.scrollTop - parent.clientHeight < 80;
  const top = parent.scrollTop;
  parent.replaceChildren(...[build()].flat().filter(Boolean));
  for (const one of parent.querySelectorAll("details")) one.open = opened.has(one.dataset.key);
  if (focused) parent.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  parent.scrollTop = parent.dataset.follow !== undefined && atEnd ? parent.scrollHeight : top;
}
