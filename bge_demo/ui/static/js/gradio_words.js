// Names, titles and what is read aloud that gradio writes in English alone, in the page's language. They come from the server as data: what
// gradio writes, then the same in English and in Chinese.
(() => {
  "use strict";
  const words = window.gradio_config?.workbench?.gradio_words ?? [];
  const translated = (text) => {
    const column = document.documentElement.dataset.language === "zh" ? 2 : 1;
    for (const word of words) {
      const known = word.find((one) => text === one || (/(?: for|：)$/.test(one) && text.startsWith(`${one} `)));
      if (known) return word[column] + text.slice(known.length);
    }
    return text;
  };
  const tell = () => {
    for (const one of document.querySelectorAll(".gradio-container :is([aria-label], [title])")) {
      if (one.closest(".result")) continue;
      for (const name of ["aria-label", "title"]) {
        const text = one.getAttribute(name);
        if (text && translated(text) !== text) one.setAttribute(name, translated(text));
      }
    }
    for (const title of document.querySelectorAll(".toast-title, .sr-only[role='status']")) {
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
