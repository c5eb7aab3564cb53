// An answer is checked while it is pasted or written.
import "./copy.js";

const PAUSE_MS = 400;

const answer = document.getElementById("answer");
const verdict = document.getElementById("verdict");
let timer = 0;
let turn = 0;

async function check() {
  const mine = ++turn;
  try {
    const said = await fetch(answer.dataset.check, { method: "POST", body: new URLSearchParams({ answer: answer.value }) });
    const html = await said.text();
    if (mine !== turn) return; // a later text is being checked
    if (!said.ok) throw new Error(said.status);
    const made = new DOMParser().parseFromString(html, "text/html");
    verdict.replaceChildren(...made.body.childNodes);
  } catch {
    if (mine === turn) verdict.textContent = answer.dataset.failed;
  }
}

answer?.addEventListener("input", (event) => {
  clearTimeout(timer);
  timer = setTimeout(check, event.inputType === "insertFromPaste" ? 0 : PAUSE_MS);
});
