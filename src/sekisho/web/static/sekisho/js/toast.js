// A toast leaves by itself after a while, or when it is closed; it waits while one reads it.
const SHOWN_MS = 8_000;

function watch(toast) {
  let timer = setTimeout(() => toast.remove(), SHOWN_MS);
  toast.addEventListener("mouseenter", () => clearTimeout(timer));
  toast.addEventListener("mouseleave", () => { timer = setTimeout(() => toast.remove(), SHOWN_MS); });
  const close = toast.querySelector("[data-close]");
  close.hidden = false;
  close.addEventListener("click", () => toast.remove());
}

for (const toast of document.querySelectorAll("[data-toast]")) watch(toast);
document.addEventListener("htmx:afterSwap", () => {
  for (const toast of document.querySelectorAll("[data-toast]:not([data-watched])")) {
    toast.dataset.watched = "yes";
    watch(toast);
  }
});
