package main

import (
	"io"
	"sync"

	"github.com/knadh/koanf/v2"

	"github.com/octoq/octoq/internal/accessstore"
)

// mirrored is the store, which prints each line of the audit log where the settings want
// that.
func mirrored(k *koanf.Koanf, s *accessstore.Store, to io.Writer) (*accessstore.Store, error) {
	switch where := k.String("audit_log"); where {
	case "":
		return s, nil
	case "stdout":
		var one sync.Mutex
		return s.Mirrored(func(e accessstore.AuditEntry) {
			one.Lock()
			defer one.Unlock()
			_ = printJSON(to, e) // nothing follows from it
		}), nil
	default:
		return nil, usagef("audit_log (OCTOQ_AUDIT_LOG) is %q: want stdout, or nothing", where)
	}
}
