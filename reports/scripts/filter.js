// Filters the checks by outcome, standard and source. Without it the page has the same checks, folded.
"use strict";
(() => {
  const form = document.getElementById("filter");
  const look = document.getElementById("look");
  const output = form.querySelector("output");
  const names = ["outcome", "standard", "source"];
  const groups = [...document.querySelectorAll("details.checks")];

  function apply() {
    const wanted = names.filter((name) => form.elements[name].value);
    let shown = 0;
    for (const group of groups) {
      let fitting = 0;
      for (const row of group.querySelectorAll("li[data-outcome]")) {
        // What all checks of a group have in common is said of the group.
        row.hidden = !wanted.every((name) => (row.dataset[name] || group.dataset[name]) === form.elements[name].value);
        fitting += row.hidden ? 0 : 1;
      }
      group.hidden = fitting === 0;
      group.open = wanted.length > 0 && fitting > 0;
      shown += fitting;
    }
    for (const section of document.querySelectorAll("section.checks")) {
      section.hidden = [...section.querySelectorAll("details.checks")].every((group) => group.hidden);
    }
    look.hidden = wanted.length > 0;
    output.value = wanted.length === 0 ? "" : shown || output.dataset.none;
  }

  // An address can name a filter (#?standard=phone-answer) or a line (#standard-phone-answer).
  function follow() {
    const hash = decodeURIComponent(location.hash.slice(1));
    if (hash.startsWith("?")) {
      const asked = new URLSearchParams(hash);
      for (const name of names) form.elements[name].value = asked.get(name) || "";
      apply();
      return;
    }
    const target = document.getElementById(hash);
    for (let each = target; each; each = each.parentElement) if (each.tagName === "DETAILS") each.open = true;
    if (target) target.scrollIntoView();
  }

  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  window.addEventListener("hashchange", follow);
  follow();
})();
