// Asks the hub. The token lives in this tab's session and goes to this origin alone.

const KEPT = "hilo-token";

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// `#token=…` in the address signs in once and leaves no trace in the history.
export function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!given) return;
  sessionStorage.setItem(KEPT, given);
  history.replaceState(null, "", location.pathname + location.search);
}

export const hasToken = () => sessionStorage.getItem(KEPT) !== null;
export const keepToken = (token) => sessionStorage.setItem(KEPT, token);
export const dropToken = () => sessionStorage.removeItem(KEPT);

export async function ask(path, wish) {
  const headers = { authorization: `Bearer ${sessionStorage.getItem(KEPT) ?? ""}` };
  if (wish !== undefined) headers["content-type"] = "application/json";
  const answer = await fetch(path, {
    method: wish === undefined ? "GET" : "POST",
    headers,
    body: wish === undefined ? undefined : JSON.stringify(wish),
    cache: "no-store",
    credentials: "omit",
  });
  const value = await answer.json().catch(() => null);
  if (!answer.ok) throw new Refused(answer.status, value?.error?.message ?? String(answer.status));
  return value;
}
