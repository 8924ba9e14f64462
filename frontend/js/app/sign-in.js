/** Signing in, at the address of whatever page was asked for, which is loaded again then. Uses only the theme: all else needs the token. */

import { restoreThemeChoice } from "../ui/theme.js";

const SESSION = `${document.documentElement.dataset["root"] ?? ""}/api/session`; // see address.js
const [form, field, trouble] = ["sign-in", "token", "trouble"].map((id) => /** @type {HTMLInputElement} */ (document.getElementById(id)));

/** The address without a token that did not fit, and without a fragment, to which one would go without loading. */
function address() {
  const url = new URL(location.href);
  url.searchParams.delete("token");
  url.hash = "";
  return url.href;
}

/** @param {string} token @returns {Promise<string>} why it did not work; empty if it did */
async function signIn(token) {
  try {
    const body = JSON.stringify({ token });
    const response = await fetch(SESSION, { method: "POST", body, headers: { "content-type": "application/json" } });
    if (response.ok) return "";
    if (response.status === 401 || response.status === 422) return "This is not the token of this server.";
    return (await response.json()).detail;
  } catch {
    return `No answer from ${location.host}.`;
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  trouble.textContent = await signIn(field.value.trim());
  field.setAttribute("aria-invalid", String(trouble.textContent !== ""));
  if (trouble.textContent) field.select();
  else location.replace(address());
});

restoreThemeChoice();
history.replaceState(null, "", address());
// A link on a page elsewhere leads here without the cookie, even if there is one: browsers send it from here on.
if ((await fetch(SESSION)).ok) location.replace(address());
