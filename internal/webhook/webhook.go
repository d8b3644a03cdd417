package webhook

import (
	"time"

	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/random"
)

// Webhook is where events go. It holds no secret.
type Webhook struct {
	ID  string `json:"id"`
	URL string `json:"url"`
	// Types and Accounts are those whose events are wanted, all if empty.
	Types    []event.Type `json:"types,omitempty"`
	Accounts []string     `json:"accounts,omitempty"`
	Enabled  bool         `json:"enabled"`

	// KeyID names the Key that the secrets are derived from, and Generation which of
	// them signs. The one before signs too until a day after RotatedAt.
	KeyID      string    `json:"key_id"`
	Generation int       `json:"generation"`
	RotatedAt  time.Time `json:"rotated_at,omitzero"`

	CreatedAt time.Time `json:"created_at"`
	ChangedAt time.Time `json:"changed_at"`
	ChangedBy string    `json:"changed_by"`
	// DisabledAt is when octoq switched it off because nothing succeeded.
	DisabledAt time.Time `json:"disabled_at,omitzero"`
}

// NewID names a webhook.
func NewID() string { return "wh_" + random.Token() }

// Rotate gives the webhook another secret, derived from a key.
func (w *Webhook) Rotate(k Key, now time.Time) {
	if w.KeyID != k.ID() {
		// What was derived from another key cannot be derived any more.
		w.RotatedAt = time.Time{}
	} else {
		w.RotatedAt = now
	}
	w.Generation, w.KeyID = w.Generation+1, k.ID()
}
