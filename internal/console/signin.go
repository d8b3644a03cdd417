package console

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"sync"
)

// SignInForm is the page where people sign in.
type SignInForm struct {
	Path    string // that the form is sent to
	Next    string // where to go afterwards
	Problem string // why the sign-in failed
	// Provider is where else to sign in; nil is nowhere.
	Provider *SignInProvider
}

// SignInProvider is where people may sign in by OpenID Connect.
type SignInProvider struct{ Path, Host string }

// signInPage is the template, which needs nothing of a Console.
//
//nolint:gochecknoglobals // read once
var signInPage = sync.OnceValues(func() (*template.Template, error) {
	return template.New("signin.html").Funcs(functions()).ParseFS(templates, "templates/signin.html")
})

// Write answers with the form.
func (f SignInForm) Write(w http.ResponseWriter, status int) error {
	t, err := signInPage()
	if err != nil {
		return fmt.Errorf("console: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, f); err != nil {
		return fmt.Errorf("write the page to sign in: %w", err)
	}
	w.Header().Set("Content-Security-Policy", Policy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // an error means that the caller has gone
	return nil
}
