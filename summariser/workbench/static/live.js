// Parts of a page that change by themselves: <section data-live="/ask/run" data-every="2">. The part is fetched again,
// and put in place only where it differs; what has the focus keeps it, and so do ticks, what is typed and what is open. The server makes all HTML and escapes all text.
const LONGEST_S = 30;
const lost = document.getElementById("lost");

export function swap(part, html) {
  if (part.dataset.was === html) return;
  part.dataset.was = html;
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  const open = new Set([...part.querySelectorAll("details[open][id]")].map((each) => each.id));
  const inputs = [...part.querySelectorAll("input[id]")];
  const ticked = new Map(inputs.filter((each) => each.checked !== each.defaultChecked).map((each) => [each.id, each.checked]));
  const typed = new Map(inputs.filter((each) => each.value !== each.defaultValue).map((each) => [each.id, each.value]));
  const made = new DOMParser().parseFromString(html, "text/html");
  part.replaceChildren(...made.body.childNodes);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  const put = (kept, name) => kept.forEach((value, id) => { const input = document.getElementById(id); if (input) input[name] = value; });
  put(ticked, "checked");
  put(typed, "value");
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  part.dispatchEvent(new CustomEvent("swapped", { bubbles: true }));
}

export async function refresh(part) {
  const answer = await fetch(part.dataset.live, { headers: { Accept: "text/html" } }).catch(() => null);
  const html = answer?.ok ? await answer.text().catch(() => null) : null;
  const isWell = html !== null;
  if (isWell) swap(part, html);
  part.classList.toggle("stale", !isWell);
  lost.textContent = document.querySelector(".stale") ? lost.dataset.says : "";
  return isWell;
}

async function follow(part) {
  const every = Number(part.dataset.every || 2);
  let pause = every;
  while (part.isConnected) {
    await new Promise((resolve) => {
      setTimeout(resolve, pause * 1000);
      addEventListener("online", resolve, { once: true });
    });
    if (document.hidden) continue;
    const isWell = await refresh(part);
    pause = isWell ? every : Math.min(pause * 2, LONGEST_S); // the workbench may be closed, and come back
  }
}

// A page that is complete now (data-whole) is shown again, unless a person has begun something on it.
document.addEventListener("swapped", (event) => {
  const inputs = [...document.querySelectorAll("input")];
  const isBegun = inputs.some((each) => each.value !== each.defaultValue || each.checked !== each.defaultChecked)
    || document.activeElement !== document.body || window.scrollY > 0;
  if (event.target.querySelector("[data-whole]") && !isBegun) location.reload();
});

document.querySelectorAll("[data-live]").forEach(follow);
