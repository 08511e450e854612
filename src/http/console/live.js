// Keeps what is marked "data-live" as the server has it: asked for every two seconds while somebody
// looks, and left alone while text in it is selected. Without this script the page still works.
(() => {
  "use strict";
  const EVERY = 2000;
  const IDLE = 15 * 60 * 1000;
  const said = document.getElementById("live-said");
  let shown = "";
  let touched = Date.now();

  const say = (text) => {
    if (said && said.textContent !== text) said.textContent = text;
  };

  const replace = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    const focused = document.activeElement ? document.activeElement.id : "";
    for (const part of document.querySelectorAll("[data-live]")) {
      const other = fresh.getElementById(part.id);
      if (other && other.innerHTML !== part.innerHTML) {
        part.replaceChildren(...other.childNodes);
      }
    }
    const again = focused ? document.getElementById(focused) : null;
    if (again && again !== document.activeElement) again.focus({ preventScroll: true });
  };

  const ask = async () => {
    const selection = document.getSelection();
    if (document.hidden || (selection && !selection.isCollapsed)) return;
    // A page that nobody looks at must not keep its session alive.
    if (Date.now() - touched > IDLE) return say("Paused. Move the mouse to go on.");
    try {
      const answer = await fetch(location.href, {
        headers: { "Baton-Live": "1" },
        redirect: "manual",
        cache: "no-store",
      });
      if (answer.type === "opaqueredirect") return say("Signed out. Load the page again.");
      if (!answer.ok) return say("Not live just now.");
      const text = await answer.text();
      if (text !== shown) replace(text);
      shown = text;
      say("Live");
    } catch {
      say("Not live just now.");
    }
  };

  const round = async () => {
    await ask();
    setTimeout(round, EVERY);
  };
  for (const sign of ["pointermove", "pointerdown", "keydown", "focus"]) {
    addEventListener(sign, () => { touched = Date.now(); }, { passive: true });
  }
  setTimeout(round, EVERY);
})();
