package main

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/worker"
)

// bySettings turns faults of a worker's fields into bad usage, under the names of
// the settings that they came from. account is whose fields they are where the error
// does not say.
func bySettings(account string, err error) error {
	return &usageError{strings.Join(settingFaults(account, err), "\n")}
}

func settingFaults(account string, err error) []string {
	var all []string
	for _, e := range leaves(err) {
		if field, ok := errors.AsType[*worker.FieldError](e); ok {
			all = append(all, settingFault(account, field))
		} else {
			all = append(all, e.Error())
		}
	}
	return all
}

// leaves are the errors that were joined to one, if a worker's field is among them.
func leaves(err error) []error {
	if err == nil {
		return nil
	}
	var many interface{ Unwrap() []error }
	if _, ok := errors.AsType[*worker.FieldError](err); !ok || !errors.As(err, &many) {
		return []error{err}
	}
	var all []error
	for _, e := range many.Unwrap() {
		all = append(all, leaves(e)...)
	}
	return all
}

func settingFault(account string, e *worker.FieldError) string {
	prefix := ""
	if e.Account != "" {
		prefix, account = fmt.Sprintf("account %q: ", e.Account), e.Account
	}
	text := prefix + called(account, settingOf(e.Field)) + " " + e.Problem
	if e.Other != "" {
		text += called(account, settingOf(e.Other))
	}
	return text
}

// called is what people call a setting: its key in the config file and, unless it
// is that of an account which only the file knows, its variable.
func called(account, field string) string {
	s := setting{name: field}
	if account != "" && account != campaign.DefaultAccount {
		return s.name
	}
	return s.name + " (" + s.variable() + ")"
}

// settingOf is the setting that a field of the worker is made from.
func settingOf(field string) string {
	switch field {
	case "APIURL":
		return "api_url"
	case "AllowPlainHTTP":
		return "api_plain_http"
	case "Timeout":
		return "api_timeout"
	case "RedisURL":
		return "redis_url"
	case "RedisCAFile":
		return "redis_ca_file"
	}
	var name strings.Builder
	for i, r := range field {
		if unicode.IsUpper(r) && i > 0 {
			name.WriteByte('_')
		}
		name.WriteRune(unicode.ToLower(r))
	}
	return name.String()
}
