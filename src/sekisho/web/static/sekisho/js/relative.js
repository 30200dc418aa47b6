// Keeps "3 minutes ago" true while a page stays open. The server wrote it first, in the same words.
const REFRESH_MS = 30_000;
const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });
const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60]];

function told(seconds) {
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return words.format(Math.trunc(seconds / size), unit).replace(/\s(?=[ぁ-龥])/gu, "");
  }
  return null;
}

function refresh() {
  for (const element of document.querySelectorAll("[data-relative]")) {
    const instant = Date.parse(element.dataset.relative || element.getAttribute("datetime"));
    const text = told((instant - Date.now()) / 1000);
    if (text && element.textContent !== text) element.textContent = text;
  }
}

setInterval(refresh, REFRESH_MS);
