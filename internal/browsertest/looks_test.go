package browsertest

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/octoq/octoq/campaign"
)

var update = flag.Bool("update", false, "take the screenshots of the README anew")

// seriousFaults are what axe-core finds serious or critical, a line each.
const seriousFaults = `axe.run(document, { resultTypes: ["violations"] }).then((r) => r.violations
	.filter((v) => ["serious", "critical"].includes(v.impact))
	.map((v) => v.id + ": " + v.nodes.map((n) => n.html + " " + n.failureSummary).join("; ")))`

// looks looks at the pages on a phone and on a desk, by day and by night: axe-core finds
// no serious fault, and no page is wider than the screen.
func looks(p *person) {
	for _, c := range []campaign.Campaign{
		offer("december-1", "Winter sale: up to 50% off."), alert("december-2", "Your table is booked for tonight at 8 pm."), offer("december-3", "New opening hours from Monday on."),
	} {
		c.Confirm = campaign.ConfirmManual
		p.site.enqueue(c, campaign.StateAwaitingApproval)
	}
	noStop := alert("no-stop", "Last days of the sale!")
	noStop.Purpose = campaign.PurposeWholesale
	p.site.enqueue(noStop, campaign.StateDead)
	axe := p.axe()
	judge := func(width int64, scheme string, paths ...string) {
		p.screen(width, scheme)
		for _, path := range paths {
			p.opens(path)
			p.judged(fmt.Sprintf("%s at %d px, %s", path, width, scheme), axe)
		}
	}
	for _, width := range []int64{390, 1440} {
		for _, scheme := range []string{"light", "dark"} {
			judge(width, scheme, "/", "/campaigns", "/campaigns/default/december-1", "/approvals", "/new")
		}
	}
	judge(390, "dark", "/campaigns/default/no-stop", "/letters", "/accounts", "/schedules", "/actions", "/admin", "/admin/webhooks", "/admin/audit", "/me")
	p.pictures()
	p.screen(1440, "light")
	p.refusesOthers()
}

// axe is the source of axe-core.
func (p *person) axe() string {
	p.t.Helper()
	path := os.Getenv("OCTOQ_AXE")
	if path == "" && os.Getenv("OCTOQ_REQUIRE_REDIS") == "" {
		p.t.Log("SKIPPED: axe-core; scripts/browser.sh installs it")
		return ""
	}
	source, err := os.ReadFile(path)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(source)
}

// screen is a screen of a width, with light or dark colours.
func (p *person) screen(width int64, scheme string) {
	p.t.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	p.do("another screen", chromedp.EmulateViewport(width, 900), chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, media)
		return err
	}))
}

// judged fails if a page has a serious fault, or is wider than the screen.
func (p *person) judged(what, axe string) {
	p.t.Helper()
	if evaluated[bool](p, `document.documentElement.scrollWidth > innerWidth`) {
		p.t.Errorf("%s is wider than the screen", what)
	}
	if axe == "" {
		return
	}
	p.do("bring axe-core", chromedp.Evaluate[chromedp.Void](axe+";0"))
	for _, fault := range evaluated[[]string](p, seriousFaults) {
		p.t.Errorf("%s: %s", what, fault)
	}
}

// pictures takes the screenshots of the README anew, where that is asked for; else it
// fails unless they are there, and small.
func (p *person) pictures() {
	p.t.Helper()
	const folder, most = "../../docs/images", 180_000
	for _, one := range []struct {
		name, path, scheme string
		width              int64
	}{
		{"console-overview.png", "/", "light", 1440},
		{"console-approval.png", "/campaigns/default/december-1", "light", 1440},
		{"console-phone-dark.png", "/approvals", "dark", 390},
	} {
		file := filepath.Join(folder, one.name)
		if *update {
			p.screen(one.width, one.scheme)
			p.opens(one.path)
			picture, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
			if err != nil {
				p.t.Fatal(err)
			}
			if err := os.WriteFile(file, picture, 0o600); err != nil {
				p.t.Fatal(err)
			}
		}
		b, err := os.ReadFile(file)
		if err != nil {
			p.t.Errorf("%v: go test ./internal/browsertest -update takes the screenshots", err)
			continue
		}
		if size, err := png.DecodeConfig(bytes.NewReader(b)); err != nil || int64(size.Width) != one.width || len(b) > most {
			p.t.Errorf("%s: got %d bytes, %d px wide (%v), want %d px and %d bytes at most", one.name, len(b), size.Width, err, one.width, most)
		}
	}
}

// refusesOthers shows that no other site can press a button in the person's name.
func (p *person) refusesOthers() {
	p.t.Helper()
	var cookies []*network.Cookie
	p.do("read the cookies", chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		all, err := cdp.Call(ctx, tab, network.GetCookies, network.GetCookiesParams{})
		cookies = all.Cookies
		return err
	}))
	for from, want := range map[string]int{"same-origin": http.StatusPreconditionRequired, "cross-site": http.StatusForbidden} {
		r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.site.url+"/campaigns/default/december-1/cancel", strings.NewReader(""))
		if err != nil {
			p.t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", from)
		for _, c := range cookies {
			r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
		}
		if got := p.site.status(r); got != want {
			p.t.Errorf("a form without an ETag, %s: got %d, want %d", from, got, want)
		}
	}
}

// types approves a campaign by the keyboard alone, and sees at each stop where it is.
func types(p *person) {
	p.opens("/approvals")
	p.do("begin at the top", chromedp.KeyEvent(kb.Tab))
	on := evaluated[string](p, `document.activeElement.className`)
	if on != "skip" {
		p.t.Errorf("the first stop is %q, want the link to the content", on)
	}
	p.do("skip the navigation", chromedp.KeyEvent(kb.Enter))
	for range 40 {
		p.do("the next stop", chromedp.KeyEvent(kb.Tab))
		on = evaluated[string](p, `document.activeElement.innerText`)
		if !evaluated[bool](p, `getComputedStyle(document.activeElement).outlineStyle !== "none"`) {
			p.t.Errorf("the focus on %q cannot be seen", on)
		}
		if strings.HasPrefix(on, "Approve: ") {
			p.do("press it", chromedp.KeyEvent(kb.Enter))
			p.sees("Approved.")
			return
		}
	}
	p.t.Errorf("no button to approve is reached by the keyboard; the last stop is %q", on)
}
