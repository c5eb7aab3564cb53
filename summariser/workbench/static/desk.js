// Copy a request with one button; an answer is checked while it is pasted or written.
const PAUSE_MS = 400;

for (const button of document.querySelectorAll("[data-copy]")) {
  const text = document.getElementById(button.dataset.copy);
  const status = button.parentElement.querySelector("[role=status]");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.value);
      status.textContent = status.dataset.copied;
    } catch { // no clipboard without https on another machine, or not allowed
      text.select();
      status.textContent = document.execCommand("copy") ? status.dataset.copied : status.dataset.select;
    }
  });
}

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
