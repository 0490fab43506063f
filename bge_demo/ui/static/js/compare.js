// The picture of a comparison: words joined with their best matches by lines, explored by pointer, touch or arrow keys; the
// token heat map. Everything is drawn from the attributes of the result it stands in.
(() => {
  "use strict";
  const HEATMAP_STEPS = [20, 50, 120];
  const SVG = "http://www.w3.org/2000/svg";
  const wordsOf = (side) => [...side.querySelectorAll(".w")];
  const sidesOf = (area) => [...area.querySelectorAll(".aligned")];
  const linksOf = (area) => JSON.parse(area.dataset.links || "[]");

  // Lines from the lower edge of A's word to the upper edge of B's
  const drawLinks = (area) => {
    const picture = area.querySelector("svg.links");
    const [a, b] = sidesOf(area).map(wordsOf);
    const links = linksOf(area);
    if (!picture || !a || !b) return;
    const frame = area.getBoundingClientRect();
    picture.setAttribute("viewBox", `0 0 ${frame.width} ${frame.height}`);
    const strengths = links.map(([, , percent]) => percent);
    const [lowest, highest] = [Math.min(...strengths), Math.max(...strengths)];
    picture.replaceChildren(...links.flatMap(([from, to, percent]) => {
      if (!a[from] || !b[to]) return [];
      const upper = a[from].getClientRects()[0];
      const lower = b[to].getClientRects()[0];
      if (!upper || !lower) return [];
      const [x1, y1] = [upper.left + upper.width / 2 - frame.left, upper.bottom - frame.top + 2];
      const [x2, y2] = [lower.left + lower.width / 2 - frame.left, lower.top - frame.top - 2];
      const bend = (y2 - y1) / 2;
      const line = document.createElementNS(SVG, "path");
      // Relative to this pair's own links: a checkpoint's token similarities may lie close together.
      const strength = (percent - lowest) / Math.max(highest - lowest, 15);
      line.setAttribute("d", `M${x1} ${y1} C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`);
      line.setAttribute("stroke-width", (1 + 5 * strength).toFixed(1));
      line.setAttribute("opacity", (0.3 + 0.6 * strength).toFixed(2));
      line.dataset.link = `${from}:${to}`;
      return [line];
    }));
    showChosenLinks(area);
  };

  const showChosenLinks = (area) => {
    const [a, b] = sidesOf(area);
    const word = area.querySelector(".w.chosen");
    area.classList.toggle("exploring", Boolean(word));
    area.querySelectorAll("svg.links path").forEach((line) => {
      const [from, to] = line.dataset.link.split(":");
      const own = word && (a.contains(word) ? from : b.contains(word) ? to : null);
      line.classList.toggle("on", Boolean(word) && own === word.dataset.w);
    });
  };

  const chooseWord = (word) => {
    const area = word.closest("[data-alignment]");
    const side = word.closest(".aligned");
    const other = sidesOf(area).find((one) => one !== side);
    area.querySelectorAll(".w.chosen, .w.match").forEach((one) => {
      one.classList.remove("chosen", "match");
      one.style.removeProperty("--m");
    });
    word.classList.add("chosen");
    const found = area.querySelector(".detail .found");
    found.replaceChildren();
    for (const pair of word.dataset.m.split(" ").filter(Boolean)) {
      const [number, similarity] = pair.split(":");
      const match = other.querySelector(`[data-w="${number}"]`);
      match.classList.add("match");
      match.style.setProperty("--m", similarity);
      if (!found.children.length && other.scrollHeight > other.clientHeight) {
        other.scrollTop = match.offsetTop - other.clientHeight / 2;
      }
      const name = Object.assign(document.createElement("bdi"), { textContent: match.textContent });
      found.append(found.children.length ? " · " : "", name, ` ${similarity}`);
    }
    area.querySelector(".detail .word").textContent = word.textContent;
    area.querySelector(".detail .adds").textContent = word.dataset.c;
    area.querySelector(".detail .direction").textContent =
      `${side.dataset.side === "A" ? "A → B" : "B → A"} (${side.dataset.score})`;
    area.querySelector(".detail .idle").hidden = true;
    area.querySelector(".detail .chosen").hidden = false;
    showChosenLinks(area);
  };

  // A new result: the word under the pointer is chosen, else the most telling one, and the links are drawn
  const begin = (area) => {
    const links = linksOf(area);
    const first = area.querySelector(".aligned .w:hover") ?? (links.length && sidesOf(area)[0]?.querySelector(`[data-w="${links[0][0]}"]`));
    if (first) chooseWord(first);
    drawLinks(area);
  };

  const cell = (kind, text) => Object.assign(document.createElement(kind), { textContent: text });
  const strongest = (ranks, size) => ranks.map((rank, i) => [rank, i]).filter(([rank]) => rank < size).map(([, i]) => i);
  const drawHeatmap = (details) => {
    const area = details.querySelector("[data-heatmap]");
    const map = JSON.parse(area.dataset.heatmap);
    const step = Number(area.dataset.step || 0);
    const size = HEATMAP_STEPS[step];
    const rows = strongest(map.rowRanks, size);
    const columns = strongest(map.columnRanks, size);
    // Shaded from the map's own lowest value, over at least a fifth of the scale, so that no hair's breadth looks like a
    // difference.
    const shown = rows.flatMap((i) => columns.map((j) => map.percent[i][j]));
    const lowest = shown.reduce((a, b) => Math.min(a, b), 100);
    const highest = shown.reduce((a, b) => Math.max(a, b), -100);
    const table = document.createElement("table");
    table.className = "cells token-map";
    table.createTHead().insertRow().append(cell("td", ""), ...columns.map((i) => cell("th", map.columns[i])));
    const body = table.createTBody();
    for (const i of rows) {
      const row = body.insertRow();
      row.append(cell("th", map.rows[i]));
      for (const j of columns) {
        const value = map.percent[i][j];
        const one = cell("td", size > 50 ? "" : (value / 100).toFixed(2).replace(/^0/, ""));
        const shade = (value - lowest) / Math.max(highest - lowest, 20);
        one.style.setProperty("--s", shade);
        if (shade > 0.5) one.className = "strong";
        one.title = `${map.rows[i]} × ${map.columns[j]}: ${(value / 100).toFixed(2)}`;
        row.append(one);
      }
    }
    area.replaceChildren(table);
    bgeDemo.fillIn(details.querySelector("[data-heatmap-note]"), [rows.length, map.allRows, columns.length, map.allColumns]);
    details.querySelector("[data-heatmap-more]").hidden =
      step + 1 >= HEATMAP_STEPS.length || (size >= map.rows.length && size >= map.columns.length);
  };

  const step = (side, by) => {
    const words = wordsOf(side);
    const now = words.findIndex((word) => word.classList.contains("chosen"));
    const next = words[Math.min(words.length - 1, Math.max(0, now + by))];
    if (!next) return;
    chooseWord(next);
    if (side.scrollHeight > side.clientHeight) side.scrollTop = next.offsetTop - side.clientHeight / 2;
  };

  document.addEventListener("pointerover", (event) => {
    const word = event.target.closest?.(".aligned .w");
    if (word) chooseWord(word);
  });
  document.addEventListener("click", (event) => {
    const word = event.target.closest?.(".aligned .w");
    if (word) chooseWord(word);
    const more = event.target.closest?.("[data-heatmap-more]");
    if (more) {
      const details = more.closest("details");
      const area = details.querySelector("[data-heatmap]");
      area.dataset.step = Number(area.dataset.step || 0) + 1;
      drawHeatmap(details);
    }
    if (event.target.closest?.("[data-leave-out]")) document.getElementById("leave-out-run").click();
  });
  document.addEventListener("keydown", (event) => {
    if (!event.target.matches?.(".aligned")) return;
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    step(event.target, getComputedStyle(event.target).direction === "rtl" && event.key.match(/Left|Right/) ? -by : by);
  });
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("details.heatmap[open]")) drawHeatmap(event.target);
  }, true);

  // gradio changes the nodes of an earlier result in place, and takes away what was drawn there, of an equal result too:
  // every run is drawn anew from what stands there now.
  const seen = new WeakMap();
  const shownBy = (area) => JSON.stringify([area.closest("[data-run]")?.dataset.run, area.dataset.links, ...sidesOf(area).flatMap((side) => [side.textContent, side.dataset.score])]);
  const look = () => document.querySelectorAll("[data-alignment]").forEach((area) => {
    if (!area.clientWidth || seen.get(area) === shownBy(area)) return;
    seen.set(area, shownBy(area));
    begin(area);
    const details = area.parentElement.querySelector("details.heatmap[open]");
    if (details) drawHeatmap(details);
  });
  let waiting = false;
  const soon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; look(); });
  };
  new MutationObserver(soon).observe(document.documentElement, { childList: true, subtree: true, characterData: true, attributeFilter: ["data-run", "data-links", "data-heatmap"] });
  addEventListener("resize", () => document.querySelectorAll("[data-alignment]").forEach((area) => area.clientWidth && drawLinks(area)));
  document.fonts?.ready.then(() => document.querySelectorAll("[data-alignment]").forEach(drawLinks));
})();
