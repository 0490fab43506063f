// Peaks of the curve along a document: choosing a dot opens its passage.
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    const dot = event.target.closest?.("[data-peak]");
    if (!dot) return;
    const card = dot.closest("[data-document-curve]");
    for (const passage of card.querySelectorAll("[data-peak-text]")) {
      passage.open = passage.dataset.peakText === dot.dataset.peak;
      if (passage.open) passage.scrollIntoView({ block: "nearest", behavior: "smooth" });
    }
  });
})();
