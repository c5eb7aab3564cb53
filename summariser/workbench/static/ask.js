// Files and folders that are dropped or chosen go up one by one; a list says what became of each.
import { refresh } from "/static/live.js";

const drop = document.getElementById("drop");
const list = document.getElementById("dropped");
const queue = [];
let isBusy = false;
let counts = { kept: 0, same: 0 };

function say(text, tone) {
  const line = document.createElement("p");
  line.className = `said ${tone}`;
  line.textContent = text; // names of files are text
  list.append(line);
}

async function* walk(entry, path = "") {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    yield { file, name: path + file.name };
    return;
  }
  const reader = entry.createReader(); // it gives a hundred at a time, and at last none
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return;
    for (const each of some) yield* walk(each, `${path}${entry.name}/`);
  }
}

async function send({ file, name }) {
  if (name.split("/").some((part) => part.startsWith("."))) return; // .DS_Store and the like
  const answer = await fetch(`/ask/files?name=${encodeURIComponent(name)}`, { method: "PUT", body: file });
  const said = await answer.json().catch(() => ({ error: `${name}: ${answer.status}` }));
  if (said.error) say(said.error, "bad");
  else counts[said.new ? "kept" : "same"] += 1;
}

function tell(key) {
  if (counts[key]) say(drop.dataset[key].replace("0", counts[key]), "good");
}

async function work() {
  if (isBusy) return;
  isBusy = true;
  list.replaceChildren();
  counts = { kept: 0, same: 0 };
  drop.setAttribute("aria-busy", "true");
  const busy = document.createElement("p");
  list.append(busy);
  while (queue.length) {
    busy.textContent = `${drop.dataset.busy} ${queue.length}`;
    const next = queue.shift();
    await send(next).catch(() => say(`${next.name}: ${drop.dataset.lost}`, "bad"));
  }
  busy.remove();
  tell("kept");
  tell("same");
  drop.removeAttribute("aria-busy");
  isBusy = false;
  await refresh(document.getElementById("pages"));
}

addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
addEventListener("drop", async (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
  for (const entry of entries) for await (const one of walk(entry)) queue.push(one);
  work();
});
for (const input of drop.querySelectorAll("input[type=file]")) {
  input.addEventListener("change", () => {
    for (const file of input.files) queue.push({ file, name: file.webkitRelativePath || file.name });
    input.value = "";
    work();
  });
}
