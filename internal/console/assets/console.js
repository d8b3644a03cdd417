// What a page can do besides, where scripts run: it follows what happens, and measures a
// text while a person types. All of it works without, by loading the page again.
"use strict";

// Live parts of the page are taken from the page as it is now. A form that somebody is
// filling in is left alone.
const said = document.getElementById("live-note");
let loading = false, again = false, changed = Date.now();

async function refresh() {
  if (loading) { again = true; return; }
  loading = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
    if (!answer.ok || answer.redirected) return;
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live]")) {
      const fresh = next.getElementById(part.id);
      if (!fresh || part.innerHTML === fresh.innerHTML || busy(part)) continue;
      if (fresh.dataset.live && fresh.dataset.live !== part.dataset.live && said) said.textContent = fresh.dataset.live;
      part.replaceWith(document.adoptNode(fresh));
      changed = Date.now();
    }
  } catch { // the server is away; the next event, or the next look, tries again
  } finally {
    loading = false;
    if (again) { again = false; refresh(); }
  }
}

function busy(part) {
  if (part.contains(document.activeElement)) return true;
  return [...part.querySelectorAll("input, textarea, select")].some((f) =>
    f.type === "checkbox" ? f.checked !== f.defaultChecked
      : f.tagName === "SELECT" ? [...f.options].some((o) => o.selected !== o.defaultSelected) && f.selectedIndex > 0
        : f.value !== f.defaultValue);
}

// An event is shown at once, and those that follow on it together: a busy server is not
// asked more often by those who watch it than every fifteen seconds each.
const pause = 15000;
let last = 0, timer = 0, missed = false;

function soon() {
  if (document.hidden) { missed = true; return; } // until somebody looks
  if (timer) return;
  timer = setTimeout(() => { timer = 0; last = Date.now(); refresh(); }, Math.max(0, last + pause - Date.now()));
}

// What moves between events is looked at: every two seconds while it does, then every
// fifteen; a page with data-slow every minute.
function look() {
  const moves = document.querySelector("[data-moves]"), slow = document.querySelector("[data-slow]");
  const wait = !moves && slow ? 60000 : Date.now() - changed < 60000 ? 2000 : 15000;
  setTimeout(() => { if (!document.hidden && (moves || slow)) refresh(); look(); }, wait);
}

function follow() {
  if (!document.querySelector("[data-live]")) return;
  const account = document.body.dataset.account;
  const events = new EventSource("/v1/events?after=now" + (account ? "&account=" + encodeURIComponent(account) : ""));
  for (const type of ["campaign.awaiting_approval", "campaign.sent", "campaign.simulated", "campaign.dead", "campaign.cancelled",
    "campaign.maybe_confirmed", "account.held", "account.lifted", "redis.changed", "orphan.sent"]) {
    events.addEventListener(type, soon);
  }
  addEventListener("pagehide", () => events.close());
  document.addEventListener("visibilitychange", () => { if (!document.hidden && missed) { missed = false; soon(); } });
  look();
}

function measure() {
  const form = document.querySelector("form[data-measure]");
  const shown = document.getElementById("measured");
  if (!form || !shown) return;
  let timer = 0;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const answer = await fetch(form.dataset.measure, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (answer.ok) shown.innerHTML = await answer.text(); // the server has escaped it
    }, 250);
  });
}

follow();
measure();
