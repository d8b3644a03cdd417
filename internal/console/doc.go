// Package console has the pages that people work with: made on the server, by
// html/template, with one style sheet and one script of its own. It has no rule: a page
// asks octoq's HTTP API in this same process, in the name of whoever looks at it, so
// that validation, roles and messages are the API's. What a button does stands in the
// table of routes under the name of an operation of internal/access, and the button is
// shown to those alone whom that table allows it.
package console
