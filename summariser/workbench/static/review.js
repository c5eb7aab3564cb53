// Single keys press the buttons that name them; j, k and n go from fact to fact, and the words of a fact light up on the page.
import { chooseWords } from "/static/choose.js";

const byId = (id) => document.getElementById(id);
const facts = [...document.querySelectorAll(".bench .facts > .fact")];
const PAUSE_MS = 250;
const WORDS = 5; // doubts below it wait for a person
const CHOSEN = document.querySelectorAll('#act > [name="fact"], #look > [name="fact"]'); // what the keys are about; an open form is about its own fact
const LOST = byId("lost").dataset.says;
let current = null;

function light(fact) {
  document.querySelectorAll(".w.lit").forEach((mark) => mark.classList.remove("lit", "own"));
  const marks = [...document.querySelectorAll(`.w[href$="#${CSS.escape(fact.id)}"], [data-also~="${CSS.escape(fact.id)}"]`)];
  marks.forEach((mark) => mark.classList.add("lit"));
  document.querySelectorAll(`.num:not([data-numbers])[href$="#${CSS.escape(fact.id)}"], [data-numbers~="${CSS.escape(fact.id)}"]`).forEach((mark) => mark.classList.add("own"));
  const shown = marks.find((mark) => mark.checkVisibility());
  shown?.scrollIntoView({ block: "center" });
}

function choose(fact) {
  if (!fact) return;
  current?.removeAttribute("aria-current");
  current = fact;
  fact.setAttribute("aria-current", "true");
  CHOSEN.forEach((input) => { input.value = fact.dataset.path; });
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

document.querySelectorAll(".sheet-form textarea").forEach((area) => area.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  area.form.requestSubmit(area.form.querySelector(".buttons > .main[name=do]"));
}));

function isTyping(target) {
  return target.closest("textarea, select, [contenteditable]") || (target.matches("input") && !["checkbox", "radio"].includes(target.type));
}

function press(key) {
  const dialog = document.querySelector("dialog[open]"); // nobody sees what a key would do behind it
  const parts = dialog ? [dialog] : [document.querySelector(".ask") ?? document, document];
  const button = parts.flatMap((part) => [...part.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)]).find((each) => each.checkVisibility());
  button?.click();
  return Boolean(button);
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing || document.body.dataset.choosing) return;
  if (document.body.dataset.state === "leaving") { event.preventDefault(); return; } // a key pressed twice is no second deed
  if (isTyping(event.target) && event.key !== "Escape") return;
  if (event.key === "Enter" && event.target.closest("a, button, summary")) return; // does what it stands on
  if (press(event.key)) event.preventDefault();
  else if (facts.length && MOVES[event.key] && !document.querySelector("dialog[open]")) { event.preventDefault(); MOVES[event.key](); }
});

document.querySelectorAll("[data-opens]").forEach((button) => button.addEventListener("click", () => byId(button.dataset.opens).showModal()));
facts.forEach((fact) => fact.addEventListener("click", () => choose(fact)));
document.querySelectorAll(".lines a.w, .picture a.w").forEach((mark) => mark.addEventListener("click", (event) => {
  event.preventDefault();
  if (!document.body.dataset.choosing) choose(byId(mark.getAttribute("href").split("#")[1]));
}));

const sheet = byId("sheet");
const views = [...document.querySelectorAll("[data-show]")];
views.forEach((button) => button.addEventListener("click", () => {
  sheet.dataset.view = button.dataset.show;
  views.forEach((each) => each.setAttribute("aria-pressed", String(each === button)));
  if (current) light(current);
}));

const litWords = () => [...document.querySelectorAll(".lines .w.lit")].find((mark) => !mark.classList.contains("soft"));

// A fact that is missing: its kind is chosen, then its words, then the form comes with both.
document.querySelectorAll("[data-choose-words]").forEach((link) => link.addEventListener("click", (event) => {
  if (!sheet.querySelector(".lines .ln")) return; // no page: the form comes without words
  event.preventDefault();
  chooseWords(sheet, { from: litWords(), done: (first, last) => location.assign(`${link.href}&first=${first}&last=${last}`), left: () => link.focus() });
}));

// Words for one field of a form, and the sentences that they stand in.
document.querySelectorAll("[data-into]").forEach((button) => button.addEventListener("click", () => {
  const input = byId(button.dataset.into);
  const focus = (place) => { if (!document.body.dataset.choosing) place.focus(); }; // words for another field may be chosen meanwhile
  const done = async (first, last) => {
    const answer = await fetch(`${sheet.dataset.words}?${new URLSearchParams({ first, last })}`).catch(() => null);
    const said = answer ? await answer.json().catch(() => ({ error: String(answer.status) })) : { error: LOST };
    if (said.error) { byId("choosing").hidden = false; byId("choosing").textContent = said.error; focus(button); return; }
    input.value = said.words;
    const sents = [...input.form.elements].find((each) => each.name.endsWith("sents"));
    const known = new Set([...sents.value.split(/[,，、\s]+/), ...said.sents.split(", ")].filter(Boolean).map(Number));
    sents.value = [...known].sort((a, b) => a - b).join(", ");
    focus(input);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  chooseWords(sheet, { from: litWords(), done, left: () => button.focus() });
}));

// What code reads while a person types.
document.querySelectorAll("[data-read]").forEach((form) => {
  const reading = form.querySelector(".reading");
  let timer = 0;
  let turn = 0;
  async function read() {
    const mine = ++turn;
    const given = new URLSearchParams(new FormData(form));
    given.set("do", form.querySelector(".buttons > .main[name=do]").value);
    const answer = await fetch(form.dataset.read, { method: "POST", body: given }).catch(() => null);
    const html = answer?.ok ? await answer.text() : "";
    if (mine !== turn) return;
    if (!answer) reading.textContent = LOST;
    else reading.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  }
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(read, PAUSE_MS); });
  if (form.querySelector('[name="kind"]').value) read();
});

if (facts.length) {
  const wanted = CHOSEN[0]?.value;
  const first = facts.find((fact) => fact.dataset.path === wanted) ?? facts[0];
  choose(first);
}
document.querySelector("[data-first]")?.focus();
document.addEventListener("submit", (event) => { if (event.target.method !== "dialog") document.body.dataset.state = "leaving"; });
addEventListener("pageshow", () => { document.body.dataset.state = "ready"; }); // also when the browser goes back
document.body.dataset.state = "ready";
