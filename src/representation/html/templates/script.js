"use strict";
// `/` goes to the search field, unless the reader is typing somewhere.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const search = document.getElementById("search");
  if (event.key === "/" && search && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    search.focus();
    search.select();
  }
});
// Empty fields of a filter form are not sent.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "get") return;
  for (const pair of form.querySelectorAll(".pair")) {
    const [how, value] = pair.querySelectorAll("select, input");
    how.disabled = value.disabled = value.value === "" && !how.value.includes("=");
  }
});
// Another page size is shown at once.
document.addEventListener("change", (event) => {
  if (event.target.id === "page-size") event.target.form.requestSubmit();
});
// Fields that were not sent are usable again when the reader comes back.
addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll(".pair :disabled")) field.disabled = false;
});
