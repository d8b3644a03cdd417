// Package console has the pages that people work with: made on the server, by
// html/template, with one style sheet and one script of its own. It has no rule: a page
// asks octoq's HTTP API in this same process, in the viewer's name, so
// that validation, roles and messages are the API's. What a button does stands in the
// table of routes under the name of an operation of internal/access, and the button is
// shown to callers only if that table allows it.
package console
