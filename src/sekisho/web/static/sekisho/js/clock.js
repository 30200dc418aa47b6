// SLA clocks count every second and turn once, at the warning. Due times are the server's; if this
// computer's clock differs from the server's, the difference is taken from the page's own date.
const TICK_MS = 1_000;
const served = Date.parse(document.querySelector("meta[name=served-at]")?.content ?? "");
const skew = Number.isNaN(served) ? 0 : served - performance.timeOrigin;
const skewMs = Math.abs(skew) > 30_000 ? skew : 0;

function span(ms) {
  const seconds = Math.floor(Math.abs(ms) / 1000);
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

function stateAt(clock, now) {
  if (now > Date.parse(clock.dataset.due)) return "breached";
  return now >= Date.parse(clock.dataset.warns) ? "warning" : "running";
}

function tick() {
  const now = Date.now() + skewMs;
  for (const clock of document.querySelectorAll("[data-clock]")) {
    const state = stateAt(clock, now);
    clock.querySelector("[data-left]").textContent = span(Date.parse(clock.dataset.due) - now);
    clock.querySelector("progress").value = (now - Date.parse(clock.dataset.start)) / 1000;
    if (clock.dataset.state !== state) {
      clock.dataset.state = state;
      const name = `word${state[0].toUpperCase()}${state.slice(1)}`;
      clock.querySelector("[data-word]").textContent = clock.dataset[name];
    }
  }
}

tick();
setInterval(tick, TICK_MS);
