// A picture of a result, drawn from what the result carries: SVG, or PNG through a canvas. Colours are the page's.
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const [WIDTH, HEIGHT, EDGE] = [1200, 630, 56];
  const INNER = WIDTH - 2 * EDGE;
  const RIGHT_TO_LEFT = /^[^\p{L}]*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
  const ZONES = [["unrelated", 0, 30], ["weakly-related", 30, 60], ["related", 60, 85], ["near-identical", 85, 100]];

  // XML knows no control characters and no halves of surrogate pairs.
  const clean = (text) => text.replace(/[\p{Cc}\p{Cs}\ufffe\uffff\s]+/gu, " ").trim();
  const node = (name, attributes, content = "") => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = content;
    return made;
  };

  // The text in at most `most` lines of a width, the rest cut with …
  const linesOf = (text, width, most, measure) => {
    const left = [...new Intl.Segmenter().segment(clean(text))].map((one) => one.segment);
    const fitting = (end) => {
      let n = 0;
      while (n < left.length && measure(left.slice(0, n + 1).join("") + end) <= width) n++;
      return Math.max(n, 1);
    };
    const lines = [];
    while (left.length) {
      let n = fitting("");
      if (n < left.length && lines.length === most - 1) return [...lines, `${left.slice(0, fitting("…")).join("").trim()}…`];
      const space = n < left.length ? left.lastIndexOf(" ", n) : -1;
      // Scripts without spaces break anywhere.
      if (space > n / 2) n = space + 1;
      lines.push(left.splice(0, n).join("").trim());
    }
    return lines;
  };

  const drawn = (card, language) => {
    const style = getComputedStyle(document.body);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const font = getComputedStyle(document.querySelector(".gradio-container")).fontFamily;
    const canvas = document.createElement("canvas").getContext("2d");
    const measured = (size, weight) => (text) => { canvas.font = `${weight} ${size}px ${font}`; return canvas.measureText(text).width; };
    const picture = node("svg", { xmlns: SVG, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, "font-family": font });
    const put = (...nodes) => picture.append(...nodes);
    const rect = (x, y, width, height, fill, radius = 0) => put(node("rect", { x, y, width, height, fill, rx: radius }));
    // Lines of a text in a place of a width; returns where the next may stand. A text from right to left stands at the right.
    const write = (text, { x, y, width, size, lines = 1, weight = 400, fill = "ink", centred = false }) => {
      const turned = !centred && RIGHT_TO_LEFT.test(text);
      const shown = linesOf(text, width, lines, measured(size, weight));
      shown.forEach((line, i) => put(node("text", {
        x: centred ? x + width / 2 : turned ? x + width : x, y: y + i * size * 1.35, "font-size": size, "font-weight": weight, fill: colour(fill),
        direction: RIGHT_TO_LEFT.test(line) ? "rtl" : "ltr", "text-anchor": centred ? "middle" : "start", style: "unicode-bidi: plaintext",
      }, line)));
      return y + shown.length * size * 1.35;
    };

    rect(0, 0, WIDTH, HEIGHT, colour("surface"));
    rect(0, 0, 12, HEIGHT, colour("accent"));
    const headline = card.headline[language];
    const isShort = headline.length < 12;
    const bandInk = card.band && (colour(`band-ink-${card.band}`) ? `band-ink-${card.band}` : card.band);
    write(headline, isShort ? { x: EDGE, y: 108, width: INNER, size: 76, weight: 700 } : { x: EDGE, y: 78, width: INNER, size: 32, weight: 700, lines: 2 });
    const beside = EDGE + (isShort ? measured(76, 700)(headline) + 36 : 0);
    let y = isShort ? 82 : 164;
    if (card.band) write(card.bandName[language], { x: beside, y, width: WIDTH - EDGE - beside, size: 28, weight: 600, fill: bandInk });
    write(card.sentence[language], { x: beside, y: y + 36, width: WIDTH - EDGE - beside, size: 22, fill: "soft-ink" });
    y += 64;
    if (card.band) {
      for (const [name, from, to] of ZONES) rect(EDGE + INNER * from / 100, y, INNER * (to - from) / 100, 10, colour(name));
      rect(EDGE + INNER * card.percent / 100 - 4, y - 8, 8, 26, colour("surface"), 4);
      rect(EDGE + INNER * card.percent / 100 - 3, y - 7, 6, 24, colour("ink"), 3);
    }
    y += 60;
    const fitsLarge = card.texts.every(({ text }) => measured(40, 400)(clean(text)) <= INNER);
    const size = fitsLarge ? 40 : 28;
    for (const { name, text } of card.texts) {
      write(name[language], { x: EDGE, y, width: INNER, size: 18, fill: "soft-ink" });
      y = write(text, { x: EDGE, y: y + size + 6, width: INNER, size, lines: card.links.length ? 2 : 4 }) + 14;
    }
    const column = INNER / 4;
    card.links.forEach(([upper, lower, similarity], i) => {
      const x = EDGE + i * column;
      const place = { x, width: column - 20, size: 22, weight: 600, centred: true };
      const middle = x + (column - 20) / 2;
      write(upper, { ...place, y: 468 });
      put(node("line", { x1: middle, y1: 480, x2: middle, y2: 520, stroke: colour("accent"), "stroke-width": 1 + 7 * Math.max(similarity, 0), "stroke-linecap": "round" }));
      write(similarity.toFixed(2), { x: middle + 14, y: 507, width: column / 2, size: 18, fill: "soft-ink" });
      write(lower, { ...place, y: 546 });
    });
    rect(EDGE, 570, INNER, 1, colour("line"));
    write(card.madeBy[language], { x: EDGE, y: 602, width: INNER, size: 18, fill: "soft-ink" });
    return new XMLSerializer().serializeToString(picture);
  };

  const painted = async (svg) => {
    const image = new Image();
    image.src = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: 2 * WIDTH, height: 2 * HEIGHT });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(image.src);
    return new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-picture]");
    if (!button) return;
    const card = JSON.parse(button.dataset.card);
    const svg = drawn(card, document.documentElement.dataset.language);
    const kind = button.dataset.picture;
    const content = kind === "png" ? await painted(svg) : new Blob([svg], { type: "image/svg+xml" });
    bgeDemo.save(`${card.file}.${kind}`, content);
  });
})();
