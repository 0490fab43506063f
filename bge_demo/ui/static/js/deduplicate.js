// Deduplicate: the count follows the threshold while it moves; a click chooses the line that stays.
(() => {
  const UNITS = 10000;
  // The joins are sorted, the most similar first: how many reach the threshold
  const joined = (units, threshold) => {
    const wanted = Math.ceil(+(threshold * UNITS).toFixed(6));
    let low = 0;
    let high = units.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (units[middle] >= wanted) low = middle + 1; else high = middle;
    }
    return low;
  };
  const follow = (threshold) => {
    const data = document.querySelector("#duplicates-result[data-joins]");
    if (!data) return;
    const { units, nExact, nLines } = JSON.parse(data.dataset.joins);
    const removed = nExact + joined(units, threshold);
    const sentences = document.querySelectorAll("#duplicate-count .count .t");
    document.querySelectorAll("#duplicate-count .count-pattern .t").forEach((pattern, place) => {
      const numbers = [removed, nLines - removed];
      sentences[place].textContent = pattern.textContent.replace(/…/g, () => numbers.shift());
    });
    const cut = document.querySelector("#duplicates-result .histogram .cut");
    if (cut) cut.style.left = `${threshold * 100}%`;
  };
  // gradio's slider tells that a mouse let it go, not that keys moved it or a number was typed; the browser tells all three.
  let moved = 0;
  document.addEventListener("change", (event) => {
    if (!event.target.closest?.("#duplicate-threshold")) return;
    clearTimeout(moved);
    moved = setTimeout(() => document.querySelector("#duplicate-regroup")?.click(), 200);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-keep-line]");
    const box = document.querySelector("#duplicate-keep-line textarea, #duplicate-keep-line input");
    if (!button || !box) return;
    // The same line again must be a change too.
    box.value = `${button.dataset.keepLine} ${Date.now()}`;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });
  bgeDemo.duplicates = { follow };
})();
