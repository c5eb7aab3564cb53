"use strict";
// Switches for labels and light or dark; search, filters and sorting of the index; facts and words joined on a page.
// Text of records is only ever compared or moved, never made into HTML.
(() => {
  const root = document.documentElement;
  const kept = new Map();
  const recall = (key) => { try { return localStorage.getItem(`summariser.${key}`); } catch { return kept.get(key); } };
  const keep = (key, value) => { kept.set(key, value); try { localStorage.setItem(`summariser.${key}`, value); } catch { /* private window: for this page only */ } };
  const each = (selector, action, within = document) => within.querySelectorAll(selector).forEach(action);

  // What the switches were last set to, on this page or on another; else what the browser asks for.
  function takeSettings() {
    const scheme = recall("scheme");
    if (scheme === "light" || scheme === "dark") root.dataset.scheme = scheme;
    else delete root.dataset.scheme;
    const language = recall("labels") || (navigator.language || "").slice(0, 2);
    root.dataset.labels = language === "zh" ? "zh" : "en";
    root.lang = root.dataset.labels === "zh" ? "zh-Hans" : "en";
  }
  takeSettings();

  function showLabels() {
    const to = root.dataset.labels;
    each("option[data-zh]", (option) => { option.textContent = option.dataset[to]; });
    each("input[data-hint-zh]", (input) => { input.placeholder = input.dataset[to === "zh" ? "hintZh" : "hintEn"]; });
  }

  function startSwitches() {
    document.getElementById("labels").addEventListener("click", () => {
      keep("labels", root.dataset.labels === "zh" ? "en" : "zh");
      takeSettings();
      showLabels();
    });
    document.getElementById("scheme").addEventListener("click", () => {
      const isDark = root.dataset.scheme ? root.dataset.scheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      keep("scheme", isDark ? "light" : "dark");
      takeSettings();
    });
    addEventListener("storage", () => { takeSettings(); showLabels(); });  // set on another page of the report
    showLabels();
  }

  // One stop of the keyboard for many things of a kind; the arrows, Home and End go on inside.
  const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Home: -Infinity, End: Infinity };
  function rove(group, selector) {
    const shown = () => [...group.querySelectorAll(selector)].filter((stop) => !stop.closest("[hidden]"));
    let current = null;
    function stopAt(stop) {
      current?.setAttribute("tabindex", "-1");
      current = stop;
      current?.setAttribute("tabindex", "0");
    }
    each(selector, (stop) => stop.setAttribute("tabindex", "-1"), group);
    stopAt(shown()[0]);
    group.addEventListener("focusin", (event) => { const stop = event.target.closest(selector); if (stop) stopAt(stop); });
    group.addEventListener("keydown", (event) => {
      const step = steps[event.key];
      if (!step || event.altKey || event.ctrlKey || event.metaKey || !event.target.closest(selector)) return;
      const stops = shown();
      event.preventDefault();
      stops[Math.min(Math.max(stops.indexOf(current) + step, 0), stops.length - 1)]?.focus();
    });
    return () => { if (!current || current.closest("[hidden]")) stopAt(shown()[0]); };
  }

  // ---- index

  const fold = (text) => text.normalize("NFKC").toLowerCase();

  function startIndex(list) {
    const form = document.getElementById("filters");
    const names = {{ filter_names | tojson }};
    const collator = new Intl.Collator("zh-Hans", { numeric: true });
    const articles = [...document.getElementById("articles").children].map((article) => article.textContent); // in the order of the rows
    const rows = [...list.children].map((element, order) => {
      const title = element.querySelector(".title").textContent;
      const line = element.querySelector(".line").textContent;
      return { element, order, title, text: fold(`${title} ${line} ${element.dataset.names} ${articles[order] || ""}`), ...element.dataset };
    });
    const byOrder = (a, b) => a.order - b.order;
    const sorts = {
      "": byOrder,
      page: (a, b) => collator.compare(a.page, b.page) || a.first - b.first || byOrder(a, b),
      headline: (a, b) => collator.compare(a.title, b.title),
      theme: (a, b) => collator.compare(a.theme, b.theme) || byOrder(a, b),
      province: (a, b) => collator.compare(a.province, b.province) || byOrder(a, b),
      results: (a, b) => b.results - a.results || byOrder(a, b),
    };
    let sorted = "";

    const settle = rove(list, "a.title");
    each(".plot", (plot) => rove(plot, ".bar[data-filter]"));

    function apply() {
      const words = fold(form.elements.q.value).split(/\s+/).filter(Boolean);
      const wanted = names.map((name) => [name, form.elements[name].value]).filter(([, value]) => value);
      let count = 0;
      for (const row of rows) {
        const fits = wanted.every(([name, value]) => row[name] === value) && words.every((word) => row.text.includes(word));
        if (row.element.hidden === fits) row.element.hidden = !fits;
        count += fits;
      }
      if (form.elements.sort.value !== sorted) {
        sorted = form.elements.sort.value;
        list.append(...[...rows].sort(sorts[sorted] || byOrder).map((row) => row.element));
      }
      settle();
      document.querySelector("#tally b").textContent = count.toLocaleString("en");
      document.getElementById("none").hidden = count > 0;
      document.getElementById("clear").hidden = !words.length && !wanted.length && !sorted;
      each(".bar[data-filter]", (bar) => {
        const on = form.elements[bar.dataset.filter].value === bar.dataset.value;
        bar.classList.toggle("on", on);
        bar.setAttribute("aria-pressed", on);
      });
    }

    function remember() {
      const chosen = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
      try { history.replaceState(null, "", `#${chosen}`); } catch { /* the address stays as it was */ }
    }

    function recallChoice() {
      for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
        const field = form.elements.namedItem(name);
        if (field && (field.id === "q" || [...field.options].some((option) => option.value === value))) field.value = value;
      }
    }

    function press(bar) {
      const field = form.elements[bar.dataset.filter];
      field.value = field.value === bar.dataset.value ? "" : bar.dataset.value;
      apply();
      remember();
    }

    recallChoice();
    form.addEventListener("input", () => { apply(); remember(); });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(() => { apply(); remember(); }));
    each(".bar[data-filter]", (bar) => {
      bar.addEventListener("click", () => press(bar));
      bar.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); press(bar); }
      });
    });
    apply();
  }

  // ---- page

  // The address of words names the first of the facts that rest on them, and the first whose number they are.
  const firstOf = (word) => word?.getAttribute("href").split("#")[1];
  const factsOf = (word) => [firstOf(word), ...(word.dataset.also?.split(" ") || [])];
  const numbersOf = (word) => word.dataset.numbers?.split(" ") || (word.matches(".num") ? [firstOf(word)] : []);

  function startPage(sheet) {
    const words = new Map();
    each(".w", (word) => {
      for (const fact of factsOf(word)) words.set(fact, [...(words.get(fact) || []), word]);
    }, sheet);
    let pinned = null;
    let lit = [];

    function light(id) {
      for (const element of lit) element.classList.remove("lit", "own");
      const fact = id && document.getElementById(id);
      lit = fact ? [fact, ...(words.get(id) || [])] : [];
      for (const element of lit) {
        element.classList.add("lit");
        if (numbersOf(element).includes(id)) element.classList.add("own");
      }
    }
    const factOf = (element) => element.closest?.(".fact")?.id || firstOf(element.closest?.(".w"));
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
    const bring = (element) => element?.scrollIntoView({ block: "center", inline: "center", behavior: calm });
    const isShown = (element) => element.getClientRects().length > 0; // the picture or the lines are hidden
    const lineOf = (number) => [...sheet.querySelectorAll(`[id="l${number}"], [data-line="${number}"]`)].find(isShown);
    const wordsOf = (id) => (words.get(id) || []).find(isShown);

    function startViews(picture) {
      const zoom = document.getElementById("zoom");
      const enlarge = (on) => { picture.classList.toggle("large", on); zoom.setAttribute("aria-pressed", on); };
      function show(view) {
        sheet.dataset.view = view;
        zoom.hidden = view === "lines";
        each("[data-show]", (button) => button.setAttribute("aria-pressed", button.dataset.show === view), sheet);
      }
      each("[data-show]", (button) => button.addEventListener("click", () => {
        show(button.dataset.show);
        keep("view", button.dataset.show);
        bring(wordsOf(pinned));
      }), sheet);
      zoom.addEventListener("click", () => { enlarge(!picture.classList.contains("large")); bring(wordsOf(pinned)); });
      show(recall("view") === "lines" ? "lines" : "picture");
      return enlarge;
    }
    const picture = sheet.querySelector(".picture");
    const enlarge = picture ? startViews(picture) : () => {};

    each(".fact", (fact) => {
      if (!words.has(fact.id)) fact.querySelector("a.go")?.removeAttribute("href");
    });
    if (words.size) sheet.tabIndex = -1; // its words are the stop
    rove(sheet, ".w[id]");
    rove(document.getElementById("records"), "a[href], summary");
    document.addEventListener("mouseover", (event) => {
      const id = factOf(event.target);
      light(event.target.closest(".w.soft") && pinned ? pinned : id || pinned);
    });
    document.addEventListener("focusin", (event) => { const id = factOf(event.target); if (id) light(id); });
    document.addEventListener("click", (event) => {
      const line = event.target.closest?.(".record a[href^='#l']");
      if (line) { event.preventDefault(); bring(lineOf(line.hash.slice(2))); return; }
      const id = factOf(event.target);
      if (!id || event.target.closest("summary") || String(getSelection())) return;
      event.preventDefault();
      pinned = id;
      light(id);
      const isWord = Boolean(event.target.closest(".w"));
      if (!isWord) enlarge(true);
      bring(isWord ? document.getElementById(id) : wordsOf(id));
      const partner = isWord ? document.getElementById(id).querySelector("a.go") : wordsOf(id);
      if (event.detail === 0) partner?.focus({ preventScroll: true }); // by keyboard: go on reading over there
      try { history.replaceState(null, "", `#${id}`); } catch { /* the address stays as it was */ }
    });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") { pinned = null; light(null); } });
    const asked = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (asked?.matches(".fact")) { pinned = asked.id; light(pinned); enlarge(true); bring(asked); bring(wordsOf(pinned)); }
    if (asked?.matches(".record")) bring(lineOf(asked.dataset.first));
  }

  document.addEventListener("DOMContentLoaded", () => {
    startSwitches();
    const list = document.getElementById("rows");
    if (list) startIndex(list);
    const sheet = document.getElementById("sheet");
    if (sheet) startPage(sheet);
  });
})();
