// A result as one file that opens without a network: its HTML as it stands, the page's style, and this script.
(() => {
  "use strict";
  const script = document.currentScript.textContent;
  const LAYOUT = "body { margin: 0; background: var(--surface); font-family: system-ui, sans-serif; } "
    + ".gradio-container { max-width: 1100px; margin: 0 auto; padding: 24px 16px; }";
  const reported = (result) => {
    const { language } = document.documentElement.dataset;
    const page = document.implementation.createHTMLDocument(document.title);
    page.documentElement.lang = document.documentElement.lang;
    page.documentElement.dataset.language = language;
    const add = (place, kind, values) => place.appendChild(Object.assign(page.createElement(kind), values));
    add(page.head, "meta", { name: "viewport", content: "width=device-width" });
    add(page.head, "style", { textContent: window.gradio_config.css + LAYOUT });
    add(page.head, "script", { textContent: script });
    page.body.className = document.body.className;
    const frame = add(page.body, "div", { className: "gradio-container" });
    const head = add(frame, "p", { className: "footer-line" });
    add(head, "b", { textContent: `${document.title} · ${new Date().toLocaleString()}` });
    const turn = "bgeDemo.showLanguage(document.documentElement.dataset.language === 'zh' ? 'en' : 'zh')";
    add(head, "button", { type: "button", className: "quiet", textContent: "EN / 中文" }).setAttribute("onclick", turn);
    const copy = page.importNode(result, true);
    // They would speak of the address of this file.
    copy.querySelectorAll(".share, [data-report]").forEach((one) => one.remove());
    frame.append(copy);
    return `<!doctype html>\n<meta charset="utf-8">\n${page.documentElement.outerHTML}`;
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-report]");
    if (button) bgeDemo.save(button.dataset.report, new Blob([reported(button.closest(".result"))], { type: "text/html" }));
  });
})();
