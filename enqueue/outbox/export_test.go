package outbox

import (
	"context"
	"errors"
)

// PassOnce takes one batch. Rows that wait for Redis are no error here.
func PassOnce(ctx context.Context, cfg Config) error {
	r, err := New(cfg)
	if err != nil {
		return err
	}
	if _, err = r.pass(ctx); errors.Is(err, errLeft) {
		return nil
	}
	return err
}
