// Finds pages in the index beside it. Every word that is asked for must stand in a title, an id or a title in another
// language; Korean needs no more, since a part of a word is found, too.
"use strict";
(() => {
  const MOST = 60;
  const field = document.querySelector("form.find input[type=search]");
  const results = document.getElementById("results");
  const found = document.getElementById("found");
  const { kinds, entries } = window.charterIndex;
  const plain = (text) => text.normalize("NFKC").toLowerCase();
  const index = entries.map((entry) => [plain(entry[1]), plain(`${entry[1]} ${entry[2]} ${kinds[entry[0]]}`), entry]);

  function search(asked) {
    const words = plain(asked).split(/\s+/).filter(Boolean);
    if (words.length === 0) return [];
    const hits = [];
    for (const [title, all, entry] of index) {
      if (!words.every((word) => all.includes(word))) continue;
      const rank = words.every((word) => title.startsWith(word)) ? 0 : words.every((word) => title.includes(word)) ? 1 : 2;
      hits.push([rank, entry]);
    }
    return hits.sort((a, b) => a[0] - b[0]).map((hit) => hit[1]);
  }

  function show() {
    const hits = search(field.value);
    results.replaceChildren(
      ...hits.slice(0, MOST).map(([kind, title, also, href]) => {
        const line = document.createElement("li");
        const link = document.createElement("a");
        const small = document.createElement("span");
        link.href = href;
        link.textContent = title;
        small.className = "small";
        small.textContent = ` ${kinds[kind]}${kind === "check" || kind === "figure" ? ` · ${also}` : ""}`;
        line.append(link, small);
        return line;
      }),
    );
    const said = hits.length ? found.dataset.some : found.dataset.none;
    found.textContent = field.value.trim() ? said.replace("#", hits.length) : "";
  }

  field.value = new URLSearchParams(location.search).get("q") || "";
  field.addEventListener("input", show);
  field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    history.replaceState(null, "", `?q=${encodeURIComponent(field.value)}`);
    show();
  });
  field.focus();
  show();
})();
