// Words of the article are chosen on its page, with arrow keys or a pointer: by word and by sentence, extended with shift or a mark.
// The words are told to the server by where they stand: line, column (in code points, from 0), and whether on the next page.
const HIDDEN = /^‹U\+[0-9A-F]{4,6}›/; // how the page shows one character that nobody would see

function* charactersOf(lines) {
  const own = new Set(lines.dataset.own.split(", ").flatMap((part) => {
    const [first, last = first] = part.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, k) => first + k);
  }));
  for (const line of lines.querySelectorAll(".ln")) {
    const number = Number(line.id.slice(1));
    if (!own.has(number)) continue;
    const block = line.classList.contains("titled") ? number : 0;
    let column = 0;
    const walker = document.createTreeWalker(line.querySelector(".tx"), NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.parentElement.closest(".small")) continue;
      for (let at = 0; at < node.length;) {
        const rest = node.data.slice(at);
        const size = HIDDEN.exec(rest)?.[0].length ?? String.fromCodePoint(rest.codePointAt(0)).length;
        yield { node, at, size, block, text: rest.slice(0, size), place: `${number}:${column}:${lines.dataset.onward}` };
        at += size;
        column += 1;
      }
    }
  }
}

// Words or sentences as places in the list of characters; a title is none with what follows it.
function cut(characters, granularity) {
  const found = [];
  for (let begin = 0; begin < characters.length;) {
    let end = begin + 1;
    while (end < characters.length && characters[end].block === characters[begin].block) end += 1;
    let at = begin;
    const text = characters.slice(begin, end).map((each) => each.text).join("");
    for (const { segment } of new Intl.Segmenter("zh", { granularity }).segment(text)) {
      const first = at;
      for (let length = 0; length < segment.length && at < end; at += 1) length += characters[at].text.length;
      if (segment.trim() && at > first) found.push({ first, last: at - 1 });
    }
    begin = end;
  }
  return found;
}

let end = () => {}; // of the choice under way, which another one ends

// `done` gets the places of the first and the last word; `left` is called on Escape alone. Whoever goes elsewhere, to a field, a button or another page, has ended the choice.
export function chooseWords(sheet, { from, done, left }) {
  end();
  const characters = [...sheet.querySelectorAll(".lines")].flatMap((lines) => [...charactersOf(lines)]);
  if (!characters.length) return;
  const hint = document.getElementById("choosing");
  const listening = new AbortController();
  if (sheet.dataset.view) sheet.dataset.view = "lines";
  const cutWords = cut(characters, "word");
  let words = cutWords;
  const sentences = cut(characters, "sentence");
  const lit = from && characters.findIndex((each) => from.contains(each.node));
  const wordAt = (k) => Math.max(words.findIndex((each) => each.last >= k), 0);
  let anchor = wordAt(lit > 0 ? lit : 0); // words, by their place in the list
  let focus = anchor;
  let isMarking = false;

  const bounds = () => [words[Math.min(anchor, focus)].first, words[Math.max(anchor, focus)].last];
  function draw() {
    const [first, last] = bounds().map((k) => characters[k]);
    getSelection().setBaseAndExtent(first.node, first.at, last.node, last.at + last.size);
    characters[words[focus].first].node.parentElement.scrollIntoView({ block: "nearest" });
    hint.hidden = false;
    hint.textContent = `${hint.dataset.hint} ${characters.slice(bounds()[0], bounds()[1] + 1).map((each) => each.text).join("")}`;
  }
  function move(to, isExtending) {
    if (words !== cutWords) { // from what a pointer selected, keys go on by words
      to = wordAt(words.at(-1).first) + (to >= words.length - 1 ? 1 : -1);
      words = cutWords;
      anchor = to;
    }
    focus = Math.min(Math.max(to, 0), words.length - 1);
    if (!isExtending && !isMarking) anchor = focus;
    draw();
  }
  function moveSentence(by, isExtending) {
    const now = sentences.findIndex((each) => each.last >= words[focus].first);
    const next = sentences[Math.min(Math.max(now + by, 0), sentences.length - 1)];
    if (!isExtending && !isMarking) return move(wordAt(next.first), false);
    const own = sentences[now].last > words[focus].last ? sentences[now] : next; // first to the end of the sentence, then on
    return move(wordAt(by > 0 ? own.last : next.first), true);
  }
  end = () => {
    listening.abort();
    delete document.body.dataset.choosing;
    hint.hidden = true;
    const view = sheet.querySelector("[data-show][aria-pressed=true]");
    if (view) sheet.dataset.view = view.dataset.show;
    end = () => {};
  };
  function listen(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const isExtending = event.shiftKey;
    const keys = {
      ArrowRight: () => move(focus + 1, isExtending),
      ArrowLeft: () => move(focus - 1, isExtending),
      ArrowDown: () => moveSentence(1, isExtending),
      ArrowUp: () => moveSentence(-1, isExtending),
      v: () => { isMarking = !isMarking; },
      Enter: () => { const [first, last] = bounds().map((k) => characters[k].place); end(); done(first, last); },
      Escape: () => { end(); getSelection().removeAllRanges(); left?.(); },
    };
    event.stopPropagation();
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }
  function point() { // what was selected with a pointer
    const selection = getSelection();
    if (selection.isCollapsed || !selection.rangeCount) return;
    const range = selection.getRangeAt(0);
    const inside = characters.flatMap((each, k) => (range.comparePoint(each.node, each.at) >= 0 && range.comparePoint(each.node, each.at + each.size) <= 0 ? [k] : []));
    if (!inside.length) return;
    words = [...cutWords, { first: inside[0], last: inside.at(-1) }]; // as it was selected, be it half a word
    anchor = focus = words.length - 1;
    draw();
  }
  document.body.dataset.choosing = "yes";
  sheet.focus({ preventScroll: true });
  const { signal } = listening;
  document.addEventListener("keydown", listen, { capture: true, signal });
  document.addEventListener("mouseup", point, { signal });
  const leave = (event) => { if (!sheet.contains(event.target)) end(); };
  document.addEventListener("click", leave, { capture: true, signal });
  document.addEventListener("focusin", (event) => { if (!event.target.matches(":active")) leave(event); }, { signal }); // nothing moves under a pointer that is down
  document.addEventListener("submit", () => end(), { signal });
  addEventListener("pagehide", () => end(), { signal });
  draw();
}
