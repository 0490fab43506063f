// What the page does in the browser, part by part in js/; here what they share: storage, language, theme. It runs before
// gradio draws. Results arrive as finished HTML with both languages inside; nothing here computes a score.
"use strict";

const bgeDemo = (() => {
  const root = document.documentElement;
  const stored = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const store = (name, value) => { try { localStorage.setItem(name, value); } catch { /* private window: not kept */ } };
  const query = () => new URLSearchParams(location.search);

  // Sentences whose numbers only the browser knows: each … is one number, in the same order in both languages
  const fillIn = (area, numbers) => area.querySelectorAll(".t").forEach((sentence) => {
    sentence.dataset.pattern ||= sentence.textContent;
    let next = 0;
    sentence.textContent = sentence.dataset.pattern.replace(/…/g, () => numbers[next++]);
  });

  const sayBoth = (area, sentence) => {
    const [english, chinese] = area.querySelectorAll(".t");
    english.textContent = sentence.en;
    chinese.textContent = sentence.zh;
  };

  const save = (name, content) => {
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(content), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  // Language and theme
  const preferredLanguage = () => {
    const wanted = query().get("lang") || stored("bge-language") || navigator.language || "en";
    return wanted.toLowerCase().startsWith("zh") ? "zh" : "en";
  };
  const setLanguage = (language) => {
    root.dataset.language = language;
    root.lang = language === "zh" ? "zh-CN" : "en";
  };
  const showLanguage = (language) => { setLanguage(language); store("bge-language", language); };
  const setTheme = (dark) => document.body.classList.toggle("dark", dark);
  const cell = (kind, text) => Object.assign(document.createElement(kind), { textContent: text });
  const switchTheme = () => {
    const dark = !document.body.classList.contains("dark");
    setTheme(dark);
    store("bge-theme", dark ? "dark" : "light");
  };

  // gradio has drawn the page
  const openPage = () => {
    if (stored("bge-theme")) setTheme(stored("bge-theme") === "dark");
    bgeDemo.modelStatus.watch();
  };

  setLanguage(preferredLanguage());
  if (/Mac|iPhone|iPad/.test(navigator.platform)) root.dataset.keys = "mac";
  return { stored, store, fillIn, sayBoth, cell, save, preferredLanguage, showLanguage, switchTheme, openPage };
})();
window.bgeDemo = bgeDemo;
