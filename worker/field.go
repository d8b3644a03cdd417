package worker

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/octoq/octoq/internal/octopush"
	"github.com/octoq/octoq/internal/redisconn"
	"github.com/octoq/octoq/internal/window"
)

// FieldError is a fault of one field of Config or Account. New joins all that it
// finds, so that a program whose users know the field by another name can use that.
type FieldError struct {
	Account string // whose field it is; empty for one of Config
	Field   string // such as "PollMax"
	Problem string // goes on from the field's name
	Other   string // the field that Problem ends with, if it is about two
}

// Error names the fields as Go does.
func (e *FieldError) Error() string {
	text := "the field " + e.Field + " " + e.Problem + e.Other
	if e.Account == "" {
		return text
	}
	return fmt.Sprintf("account %q: %s", e.Account, text)
}

// fault is a FieldError of one field, whose account is filled in later.
func fault(field, format string, args ...any) error {
	return &FieldError{Field: field, Problem: fmt.Sprintf(format, args...)}
}

func duration(name string, d *time.Duration, byDefault time.Duration) error {
	switch {
	case *d < 0:
		return fault(name, "is %s: it must be above 0", *d)
	case *d == 0:
		*d = byDefault
	}
	return nil
}

func count(name string, n *int, byDefault int) error {
	switch {
	case *n < 0:
		return fault(name, "is %d: it must be above 0", *n)
	case *n == 0:
		*n = byDefault
	}
	return nil
}

// inOrder refuses a longest wait that is below the first one.
func inOrder(first string, least time.Duration, last string, most time.Duration) error {
	if least < 0 || most < 0 || most >= least {
		return nil
	}
	return &FieldError{Field: last, Problem: fmt.Sprintf("is %s, which is below the %s of ", most, least), Other: first}
}

// choice takes the first of the allowed values by default.
func choice(name string, s *string, allowed ...string) error {
	if *s == "" {
		*s = allowed[0]
	}
	if !slices.Contains(allowed, *s) {
		return fault(name, "is %q: it must be one of %q", *s, allowed)
	}
	return nil
}

// checkWindow reports whether an account's window can be read and ever opens.
func checkWindow(text string) error {
	if _, err := window.Parse(text); err != nil {
		return fault("Window", "cannot be used: %v", err)
	}
	return nil
}

// checkURL reports whether the API's address can be used.
func checkURL(url string, allowPlainHTTP bool) error {
	var plain *octopush.PlainHTTPError
	err := octopush.CheckBaseURL(url, allowPlainHTTP)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &plain):
		return &FieldError{
			Field: "APIURL", Other: "AllowPlainHTTP",
			Problem: "is plain http for host " + plain.Host + ": login and key would travel readable; use https or, inside a closed network, set ",
		}
	default:
		return fault("APIURL", "cannot be used: %v", err)
	}
}

// ofRedis gives a fault of Redis's address, or of a file that goes with it, its field.
func ofRedis(err error) error {
	if errors.Is(err, redisconn.ErrURL) {
		return fault("RedisURL", "%v", err)
	}
	if f, ok := errors.AsType[*redisconn.FileFault](err); ok {
		return fault(redisFields()[f.Setting], "cannot be used: %v", f)
	}
	return err
}

// redisFields are the fields that files of Redis's have, by the files' settings.
func redisFields() map[string]string {
	return map[string]string{
		redisconn.SettingCA: "RedisCAFile", redisconn.SettingCert: "RedisCertFile", redisconn.SettingKey: "RedisKeyFile",
		redisconn.SettingSentinelPassword: "RedisSentinelPasswordFile",
	}
}

// ofAccount names the account in its faults.
func ofAccount(name string, faults []error) []error {
	var all []error
	for _, err := range faults {
		var field *FieldError
		switch {
		case err == nil:
		case errors.As(err, &field):
			field.Account = name
			all = append(all, err)
		default:
			all = append(all, fmt.Errorf("account %q: %w", name, err))
		}
	}
	return all
}
