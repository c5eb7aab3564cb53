// Lines are chosen on the page with arrow keys or a pointer; the field that names them can be typed in as well.
const list = document.getElementById("page");
const lines = [...list.querySelectorAll(".ln")];
const field = document.getElementById("chosen");
const numberOf = (line) => Number(line.id.slice(1));
let at = 0;
let anchor = 0;

function readField() {
  const chosen = new Set();
  for (const [, first, last = first] of (field?.value ?? list.dataset.chosen).matchAll(/(\d{1,6})(?:[-–—](\d{1,6}))?/g)) {
    for (const line of lines) if (numberOf(line) >= Number(first) && numberOf(line) <= Number(last)) chosen.add(line);
  }
  return chosen;
}

function show() {
  const chosen = readField();
  lines.forEach((line) => line.setAttribute("aria-selected", String(chosen.has(line))));
}

function write(chosen) {
  const ranges = [];
  lines.forEach((line, k) => {
    if (!chosen.has(line)) return;
    if (ranges.length && ranges.at(-1).end === k - 1) ranges.at(-1).end = k;
    else ranges.push({ begin: k, end: k });
  });
  const named = ({ begin, end }) => (begin === end ? numberOf(lines[begin]) : `${numberOf(lines[begin])}-${numberOf(lines[end])}`);
  field.value = ranges.map(named).join(", ");
  show();
}

function go(to, isExtending) {
  at = Math.min(Math.max(to, 0), lines.length - 1);
  if (isExtending) write(new Set([...readField(), ...lines.slice(Math.min(anchor, at), Math.max(anchor, at) + 1)]));
  else anchor = at;
  list.setAttribute("aria-activedescendant", lines[at].id);
  lines.forEach((line, k) => line.classList.toggle("here", k === at));
  lines[at].scrollIntoView({ block: "nearest" });
}

function toggle() {
  const chosen = readField();
  if (!chosen.delete(lines[at])) chosen.add(lines[at]);
  anchor = at;
  write(chosen);
}

show();
const first = lines.findIndex((line) => line.getAttribute("aria-selected") === "true");
go(Math.max(first, first < 0 ? lines.findIndex((line) => numberOf(line) >= Number(list.dataset.from)) : 0), false);
if (field) {
  list.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { ArrowDown: 1, j: 1, J: 1, ArrowUp: -1, k: -1, K: -1, PageDown: 12, PageUp: -12 }[event.key];
    if (step) go(at + step, event.shiftKey);
    else if (event.key === " ") toggle();
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => {
    const line = event.target.closest(".ln");
    if (!line) return;
    go(lines.indexOf(line), event.shiftKey);
    if (!event.shiftKey) toggle();
  });
  field.addEventListener("input", show);
  list.focus({ preventScroll: true });
}
