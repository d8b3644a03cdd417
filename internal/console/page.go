package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
)

//go:embed templates
var templates embed.FS

// readPages reads each page into a template of its own, all in the same layout.
func readPages() (map[string]*template.Template, error) {
	layout, err := template.New("layout.html").Funcs(functions()).ParseFS(templates, "templates/layout.html", "templates/parts.html")
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	names, err := fs.Glob(templates, "templates/page_*.html")
	if err != nil {
		return nil, err
	}
	pages := map[string]*template.Template{}
	for _, name := range names {
		one, err := layout.Clone()
		if err == nil {
			one, err = one.ParseFS(templates, name)
		}
		if err != nil {
			return nil, fmt.Errorf("console: %w", err)
		}
		pages[strings.TrimSuffix(strings.TrimPrefix(path.Base(name), "page_"), ".html")] = one
	}
	return pages, nil
}

// pageView is what a template shows.
type pageView struct {
	Title    string
	Account  string      // that the page is about; "" for all
	Accounts []string    // that it could be about
	Alert    *apiRefusal // why what was asked was not done
	Done     string      // what was done
	Body     any

	visit *visit
}

// May reports whether a button is shown: whether the caller may carry out an operation
// in the page's account.
func (p pageView) May(operation string) bool { return p.visit.may(operation, p.Account) }

// MayIn is May for another account.
func (p pageView) MayIn(operation, account string) bool { return p.visit.may(operation, account) }

// Who is the viewer's name.
func (p pageView) Who() string { return p.visit.caller.Shown() }

// SignsOut reports whether there is a session to end.
func (p pageView) SignsOut() bool { return p.visit.console.config.SignsOut(p.visit.r) }

// Query is one parameter of the page's address.
func (p pageView) Query(name string) string { return p.visit.r.URL.Query().Get(name) }

// Here is the path of the page.
func (p pageView) Here() string { return p.visit.r.URL.Path }

// Field is what a form said that is shown again.
func (p pageView) Field(name string) string { return p.visit.r.PostFormValue(name) }

// link is one place that the navigation leads to.
type link struct {
	Path, Text string
	Current    bool
}

// Nav is where the caller may go.
func (p pageView) Nav() []link {
	var all []link
	for _, l := range []struct{ path, text, operation string }{
		{"/", "Overview", "list-alerts"},
		{"/campaigns", "Campaigns", "list-campaigns"},
		{"/approvals", "Approvals", "list-campaigns"},
		{"/letters", "Dead letters", "list-campaigns"},
		{"/new", "New campaign", "post-campaign"},
		{"/actions", "Act on many", "post-action"},
		{"/schedules", "Schedules", "list-schedules"},
		{"/accounts", "Accounts", "list-accounts"},
		{"/admin", "Users and tokens", "list-users"},
		{"/admin/webhooks", "Webhooks", "list-webhooks"},
		{"/admin/audit", "Audit log", "read-audit"},
	} {
		if p.visit.mayAnywhere(l.operation) {
			all = append(all, link{Path: l.path + p.ofAccount(l.path), Text: l.text, Current: p.isAt(l.path)})
		}
	}
	return all
}

// ofAccount keeps the account when another page about one is opened.
func (p pageView) ofAccount(path string) string {
	switch path {
	case "/campaigns", "/approvals", "/letters", "/new", "/actions", "/schedules":
		if p.Account != "" {
			return "?account=" + url.QueryEscape(p.Account)
		}
	}
	return ""
}

// isAt reports whether the page is at a path of the navigation, or below it.
func (p pageView) isAt(path string) bool {
	here := p.Here()
	return here == path || path != "/" && path != "/admin" && strings.HasPrefix(here, path+"/")
}

// write answers with a page.
func (v *visit) write(name string, status int, p pageView) {
	p.visit = v
	if p.Account == "" {
		p.Account = v.account
	}
	p.Done = doneText(v.r.URL.Query().Get("done"))
	var b bytes.Buffer
	if err := v.console.pages[name].ExecuteTemplate(&b, "layout.html", p); err != nil {
		http.Error(v.w, "octoq could not write this page.", http.StatusInternalServerError)
		return
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	_, _ = v.w.Write(b.Bytes()) // an error means that the caller has gone
}

// show answers with a page that was asked for.
func (v *visit) show(name string, p pageView) error {
	status := http.StatusOK
	if p.Alert != nil {
		status = p.Alert.Status
	}
	v.write(name, status, p)
	return nil
}

// tagOf names a state of what has no ETag at the API.
func tagOf(state any) string {
	b, err := json.Marshal(state)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	const enough = 12
	return base64.RawURLEncoding.EncodeToString(sum[:enough])
}
