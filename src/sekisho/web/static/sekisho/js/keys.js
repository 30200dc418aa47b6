// The console by keys. A key does what its button or link does: it only focuses, follows or presses
// what is on the page, so there is nothing that a mouse or a screen reader could not do.
const GO_MS_MAX = 1_200;
const GO = { o: 0, t: 1, i: 2, c: 3 };
const help = document.getElementById("keys");
let goUntil = 0;

const rows = () => [...document.querySelectorAll("[data-row]")];
const current = () => document.querySelector('[data-row][aria-current="true"]');

function moveTo(row) {
  if (!row) return;
  current()?.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
  row.querySelector("a")?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = rows();
  const at = all.indexOf(current());
  moveTo(all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)]);
}

function press(name) {
  const target = current()?.querySelector(`[data-key="${name}"]`) ?? document.querySelector(`[data-page-key="${name}"]`);
  if (!target) return false;
  if (target.matches("input[type=radio]")) { target.checked = true; target.focus(); }
  else if (target.matches("input:not([type=checkbox]), textarea, [data-focus]")) target.focus();
  else target.click();
  return true;
}

function go(key) {
  const place = help.querySelectorAll("[data-go]")[GO[key]];
  if (place) location.assign(place.dataset.go);
}

// Set aside: the current row joins the selection, then the reason is asked for.
function setAside() {
  const box = current()?.querySelector('[data-key="x"]');
  if (box) box.checked = true;
  document.querySelector('[data-page-key="note"]')?.focus();
}

const ACTS = {
  e: setAside,
  j: () => step(1),
  k: () => step(-1),
  g: () => { goUntil = Date.now() + GO_MS_MAX; },
  "?": () => help.showModal(),
};

function typing(target) {
  return target.closest("textarea, select, input:not([type=radio], [type=checkbox]), dialog[open]");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
  if (Date.now() < goUntil && event.key in GO) {
    goUntil = 0;
    go(event.key);
  } else if (event.key in ACTS) {
    event.preventDefault();
    ACTS[event.key]();
  } else if (press(event.key)) {
    event.preventDefault();
  }
});

for (const button of document.querySelectorAll("[data-keys-open]")) button.addEventListener("click", () => help.showModal());
document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.("[data-row]");
  if (row && row !== current()) {
    current()?.removeAttribute("aria-current");
    row.setAttribute("aria-current", "true");
  }
});
