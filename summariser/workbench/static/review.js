// Single keys press the buttons that name them; j, k and n go from fact to fact, and the words of a fact light up on the page.
const byId = (id) => document.getElementById(id);
const facts = [...document.querySelectorAll(".bench .facts > .fact")];
const WORDS = 5; // doubts below it wait for a person
let current = null;

function light(fact) {
  document.querySelectorAll(".w.lit").forEach((mark) => mark.classList.remove("lit", "own"));
  const marks = [...document.querySelectorAll(`[data-facts~="${CSS.escape(fact.id)}"]`)];
  marks.forEach((mark) => mark.classList.add("lit"));
  document.querySelectorAll(`[data-numbers~="${CSS.escape(fact.id)}"]`).forEach((mark) => mark.classList.add("own"));
  const shown = marks.find((mark) => mark.checkVisibility());
  shown?.scrollIntoView({ block: "center" });
}

function choose(fact) {
  if (!fact) return;
  current?.removeAttribute("aria-current");
  current = fact;
  fact.setAttribute("aria-current", "true");
  document.querySelectorAll('form > input[name="fact"]').forEach((input) => { input.value = fact.dataset.path; });
  light(fact);
  fact.focus({ preventScroll: true });
  fact.scrollIntoView({ block: "nearest" });
}

const step = (by) => choose(facts[Math.min(Math.max(facts.indexOf(current) + by, 0), facts.length - 1)]);
function nextDoubt() {
  const open = facts.filter((fact) => Number(fact.dataset.doubt) < WORDS);
  const at = facts.indexOf(current);
  choose(open.find((fact) => facts.indexOf(fact) > at) ?? open[0]);
}
const MOVES = { j: () => step(1), k: () => step(-1), ArrowDown: () => step(1), ArrowUp: () => step(-1), n: nextDoubt };

function isTyping(target) {
  return target.closest("textarea, select, [contenteditable]") || (target.matches("input") && !["checkbox", "radio"].includes(target.type));
}

function press(key) {
  const within = document.querySelector("dialog[open]") ?? document.querySelector(".ask") ?? document;
  const button = [within, document].flatMap((part) => [...part.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)]).find((each) => each.checkVisibility());
  button?.click();
  return Boolean(button);
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing || document.body.dataset.choosing) return;
  if (isTyping(event.target) && event.key !== "Escape") return;
  if (event.key === "Enter" && event.target.closest("a, button, summary")) return; // does what it stands on
  if (press(event.key)) event.preventDefault();
  else if (facts.length && MOVES[event.key] && !document.querySelector("dialog[open]")) { event.preventDefault(); MOVES[event.key](); }
});

document.querySelectorAll("[data-opens]").forEach((button) => button.addEventListener("click", () => byId(button.dataset.opens).showModal()));
facts.forEach((fact) => fact.addEventListener("click", () => choose(fact)));
document.querySelectorAll(".lines a.w, .picture a.w").forEach((mark) => mark.addEventListener("click", (event) => {
  event.preventDefault();
  choose(byId(mark.dataset.facts.split(" ")[0]));
}));

const sheet = byId("sheet");
const views = [...document.querySelectorAll("[data-show]")];
views.forEach((button) => button.addEventListener("click", () => {
  sheet.dataset.view = button.dataset.show;
  views.forEach((each) => each.setAttribute("aria-pressed", String(each === button)));
  if (current) light(current);
}));

if (facts.length) {
  const wanted = document.querySelector('form > input[name="fact"]')?.value;
  const first = facts.find((fact) => fact.dataset.path === wanted) ?? facts[0];
  choose(first);
}
document.querySelector("[data-first]")?.focus();
