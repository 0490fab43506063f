// What gradio says by itself, in English or in the browser's language, in the page's language. The words come from the server as data: what
// gradio writes, then the same in English and in Chinese; {what} and {kinds} in them stand for any words.
(() => {
  "use strict";
  const VISIBLE = ".toast-title, [data-testid='toast-text'], .sr-only[role='status'], [data-testid='upload-text'], [data-testid='upload-text'] .or";
  const BLANKS = /\{(?:what|kinds)\}/g;
  const pattern = (said) => new RegExp(`^${said.split(BLANKS).map((part) => part.replace(/[.*+?^$()|[\]\\]/g, "\\$&")).join("(.*)")}$`, "s");
  const words = (window.gradio_config?.workbench?.gradio_words ?? []).map((row) => row.map((said) => ({ said, pattern: pattern(said) })));
  // The same few hundred labels are looked at after every change of the page.
  const read = new Map();
  const find = (text) => {
    for (const row of words) {
      const found = row.map((one) => one.pattern.exec(text)).find(Boolean);
      if (found) return { row, blanks: found.slice(1) };
    }
    return null;
  };
  const translated = (text) => {
    if (!read.has(text)) read.set(text, find(text));
    const known = read.get(text);
    if (!known) return text;
    const blanks = [...known.blanks];
    const column = document.documentElement.dataset.language === "zh" ? 2 : 1;
    return known.row[column].said.replace(BLANKS, () => blanks.shift());
  };
  const tell = () => {
    for (const one of document.querySelectorAll(".gradio-container :is([aria-label], [title])")) {
      if (one.closest(".result")) continue;
      for (const name of ["aria-label", "title"]) {
        const text = one.getAttribute(name);
        if (text && translated(text) !== text) one.setAttribute(name, translated(text));
      }
    }
    for (const title of document.querySelectorAll(VISIBLE)) {
      for (const node of title.childNodes) {
        const [, space, text, rest] = /^(\s*)(.*?)(\s*(?:\(\d+\))?\s*)$/s.exec(node.nodeValue ?? "") ?? [];
        if (text && translated(text) !== text) node.nodeValue = space + translated(text) + rest;
      }
    }
  };
  let isAsked = false;
  const ask = () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => { isAsked = false; tell(); });
  };
  new MutationObserver(ask).observe(document.documentElement, { childList: true, subtree: true, characterData: true, attributeFilter: ["data-language", "aria-label"] });
})();
