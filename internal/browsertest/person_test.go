package browsertest

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// person looks at a site in a tab of Chromium.
type person struct {
	t    *testing.T
	site *site
	ctx  context.Context //nolint:containedctx // a tab of chromedp is a context

	mu    sync.Mutex
	wrong []string // requests to other hosts, and what the browser complains of
}

// chromium is a browser that ends with the test. Without one the test is left out, unless
// it may not be.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("OCTOQ_REQUIRE_REDIS") == "" {
		t.Skip("SKIPPED: there is no chromium; scripts/browser.sh installs it")
	}
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(1440, 900))
	allocated, stop := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	t.Cleanup(stop)
	browser, closeBrowser := chromedp.NewContext(allocated)
	t.Cleanup(closeBrowser)
	if err := chromedp.Do(browser); err != nil {
		t.Fatalf("start chromium: %v", err)
	}
	return browser
}

// newPerson opens a browser without any session.
func newPerson(t *testing.T, s *site) *person {
	t.Helper()
	ctx, closeTab := chromedp.NewContext(chromium(t), chromedp.WithNewBrowserContext())
	p := &person{t: t, site: s, ctx: ctx}
	if err := chromedp.Listen(ctx, p.hears); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		closeTab()
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, wrong := range p.wrong {
			t.Error(wrong)
		}
	})
	p.do("listen", chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, network.Enable, network.EnableParams{})
		if err == nil {
			_, err = cdp.Call(ctx, tab, log.Enable, cdp.Empty{})
		}
		return err
	}))
	return p
}

// hears notes what no page may do: ask another host, break the policy, throw.
func (p *person) hears(event any) {
	wrong := ""
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		u, err := url.Parse(e.Request.URL)
		if err == nil && u.Scheme != "data" && u.Scheme+"://"+u.Host != p.site.url {
			wrong = "a page asks another host: " + e.Request.URL
		}
	case *log.EventEntryAdded:
		if strings.Contains(e.Entry.Text, "Content Security Policy") {
			wrong = "a page breaks its policy: " + e.Entry.Text
		}
	case *runtime.EventExceptionThrown:
		wrong = "a script fails: " + e.ExceptionDetails.Text
	}
	if wrong != "" {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.wrong = append(p.wrong, wrong)
	}
}

// step is one thing that a person does.
type step = chromedp.Action[chromedp.Void]

// do carries out steps, which together take no longer than soon.
func (p *person) do(what string, steps ...step) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, soon)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("%s: %v; the page is\n%s", what, err, p.page())
	}
}

// page is where the tab is, and what can be read there.
func (p *person) page() string {
	ctx, cancel := context.WithTimeout(p.ctx, soon)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
	if err != nil {
		return err.Error()
	}
	return text
}

// opens goes to a page.
func (p *person) opens(path string) {
	p.t.Helper()
	p.do("open "+path, chromedp.Navigate(p.site.url+path), chromedp.WaitReady(chromedp.CSS("main")))
}

// presses presses the button or the link with a text, and waits for what follows.
func (p *person) presses(text, then string) {
	p.t.Helper()
	p.do("press "+text, chromedp.Click(`//*[self::button or self::a or self::summary][contains(normalize-space(.), "`+text+`")]`))
	p.sees(then)
}

// fills writes into the field with a label, within a part of the page.
func (p *person) fills(part, label, text string) {
	p.t.Helper()
	at := part + `//label[contains(normalize-space(.), "` + label + `")]//*[self::input or self::textarea]`
	p.do("fill in "+label, chromedp.SetValue(at, text))
}

// chooses chooses of a list with a label.
func (p *person) chooses(label, value string) {
	p.t.Helper()
	p.do("choose "+label, chromedp.SetValue(`//label[contains(normalize-space(.), "`+label+`")]//select`, value))
}

// sees waits until the page has a text.
func (p *person) sees(text string) {
	p.t.Helper()
	p.becomes(text+" is on the page", `document.querySelector("main")?.innerText.includes(`+quoted(text)+`) ?? false`)
}

// becomes waits until an expression is true, on whatever page the tab is by then.
func (p *person) becomes(what, expression string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, soon)
	defer cancel()
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for {
		if holds, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression)); err == nil && holds {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			p.t.Fatalf("still not after %v: %s; the page is\n%s", soon, what, p.page())
		}
	}
}

// evaluated is what an expression is in the browser.
func evaluated[T any](p *person, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, soon)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

func quoted(text string) string { return "`" + strings.ReplaceAll(text, "`", "\\`") + "`" }

// signsIn signs in on the form.
func (p *person) signsIn(secret string) {
	p.t.Helper()
	p.opens("/login")
	p.do("sign in", chromedp.SendKeys(chromedp.CSS("input[name=user]"), "anna"), chromedp.SendKeys(chromedp.CSS("input[name=password]"), secret+"\r"))
}
