// Light or dark: kept in a cookie, so that the server draws the next page right at once.
const YEAR_SECONDS = 31_536_000;
const button = document.querySelector("[data-theme-switch]");

function choose(theme) {
  document.documentElement.dataset.theme = theme;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `sekisho_theme=${theme}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax${secure}`;
}

if (button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    choose(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  });
}

// A menu closes when one looks elsewhere.
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("[data-dropdown][open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("[data-dropdown][open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});
