// Long tables of a result: a click on a heading sorts, a word filters, the rest is folded until asked for.
(() => {
  "use strict";
  const rowsOf = (table) => [...table.tBodies[0].rows];
  const shown = new WeakMap();
  const fold = (table) => {
    const word = (document.querySelector(`[data-filter="${table.id}"]`)?.value ?? "").trim().toLowerCase();
    const limit = shown.get(table) ? Infinity : Number(table.dataset.rows);
    let n = 0;
    for (const row of rowsOf(table)) {
      const fits = !word || row.textContent.toLowerCase().includes(word);
      row.hidden = !fits || (n += 1) > limit;
    }
    const more = document.querySelector(`[data-all-rows="${table.id}"]`);
    if (more) more.hidden = n <= limit;
  };
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    const text = cell.dataset.value ?? cell.textContent.trim();
    const number = Number(/-?[\d.]+\s*$/.exec(text)?.[0] ?? text);
    return Number.isNaN(number) ? text : number;
  };
  const sort = (head) => {
    const table = head.closest("table");
    const isDown = head.getAttribute("aria-sort") !== "descending";
    table.querySelectorAll("th[aria-sort]").forEach((one) => one.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", isDown ? "descending" : "ascending");
    const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
    const sorted = rowsOf(table).map((row) => [valueOf(row, head.cellIndex), row])
      .sort((one, other) => (isDown ? -1 : 1) * compare(one[0], other[0]));
    table.tBodies[0].append(...sorted.map(([, row]) => row));
    fold(table);
  };
  const begin = (area) => area.querySelectorAll("table[data-rows]").forEach((table) => {
    shown.delete(table);
    table.querySelectorAll("th[aria-sort]").forEach((one) => one.removeAttribute("aria-sort"));
    table.querySelectorAll("th[data-sort]").forEach((one) => { one.tabIndex = 0; });
    fold(table);
  });
  document.addEventListener("click", (event) => {
    const head = event.target.closest?.("th[data-sort]");
    if (head) sort(head);
    const more = event.target.closest?.("[data-all-rows]");
    if (!more) return;
    const table = document.getElementById(more.dataset.allRows);
    shown.set(table, true);
    fold(table);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches?.("th[data-sort]")) sort(event.target);
  });
  document.addEventListener("input", (event) => {
    const id = event.target.dataset?.filter;
    if (id) fold(document.getElementById(id));
  });
  bgeDemo.tables = { begin };
})();
