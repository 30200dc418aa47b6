// Any value is a menu: one menu for the page, filled with the value that was pressed.
const menu = document.getElementById("value-menu");
const GAP_PX = 4;

function fill(button) {
  const value = button.dataset.value;
  menu.querySelector("[data-value-shown]").textContent = value;
  menu.querySelector("[data-value-only]").href = `${menu.dataset.queue}?q=${encodeURIComponent(value)}`;
  menu.querySelector("[data-value-copy]").dataset.value = value;
}

function place(button) {
  const box = button.getBoundingClientRect();
  const inset = Math.max(GAP_PX, Math.min(box.left, innerWidth - menu.offsetWidth - GAP_PX));
  const below = box.bottom + GAP_PX;
  const fits = below + menu.offsetHeight < innerHeight;
  menu.style.left = `${inset}px`;
  menu.style.top = `${fits ? below : Math.max(GAP_PX, box.top - menu.offsetHeight - GAP_PX)}px`;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest(".value");
  if (!button || !menu?.showPopover) return;
  fill(button);
  menu.showPopover();
  place(button);
  menu.querySelector("[data-value-only]").focus();
});

menu?.querySelector("[data-value-copy]").addEventListener("click", async (event) => {
  const copy = event.currentTarget;
  await navigator.clipboard?.writeText(copy.dataset.value);
  const word = copy.textContent;
  copy.textContent = copy.dataset.done;
  setTimeout(() => { copy.textContent = word; menu.hidePopover(); }, 700);
});
